using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Connections;
using Npgsql;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>What must be woken after a start.</summary>
internal sealed class RecoveryReader(DatabaseReads database) : IRecoveryReader
{
    private const string LiveStatement = """
        SELECT session_id FROM execution_sessions
        WHERE live AND session_id > $1 AND ($3::timestamptz IS NULL OR deadline_at < $3) ORDER BY session_id LIMIT $2
        """;

    private const string ApprovalsStatement = """
        SELECT approval_id FROM approval_tasks WHERE undecided AND ($1::text IS NULL OR approval_id > $1) ORDER BY approval_id LIMIT $2
        """;

    public async Task<IReadOnlyList<SessionId>> LiveSessions(SessionId after, int limit, DateTimeOffset? dueBefore)
        => await database.AsSystemAsync(
            DatabaseReads.Sql(LiveStatement, after.Value, limit, new NpgsqlParameter<DateTime?> { TypedValue = dueBefore?.UtcDateTime }),
            async (reader, token) =>
            {
                var sessions = new List<SessionId>();
                while (await reader.ReadAsync(token)) sessions.Add(new(reader.GetInt64(0)));
                return sessions;
            });

    public async Task<IReadOnlyList<ApprovalId>> OpenApprovals(ApprovalId? after, int limit)
        => await database.AsSystemAsync(DatabaseReads.Sql(ApprovalsStatement, after?.Value, limit), async (reader, token) =>
        {
            var approvals = new List<ApprovalId>();
            while (await reader.ReadAsync(token)) approvals.Add(new(reader.GetString(0)));
            return approvals;
        });
}
