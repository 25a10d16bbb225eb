using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Journal;
using Npgsql;

namespace Cavra.Actors.Storage.Connections;

/// <summary>
/// One row under a version fence, with the audit and outbox rows that stand or fall with it, in one statement. The fence is an INSERT or UPDATE that
/// returns a row when it holds; its parameters are $1..$n.
/// </summary>
internal sealed class FencedWrite(DatabaseReads database)
{
    internal async ValueTask<AppendOutcome> RunAsync(
        string tenant, string fence, IReadOnlyList<object?> parameters, IReadOnlyList<AuditEntry> audit, IReadOnlyList<OutboxRow>? outbox = null)
    {
        var command = DatabaseReads.Sql("", parameters);
        var next = parameters.Count + 1;
        var tenantParameter = next++;
        command.Parameters.Add(new() { Value = tenant });
        var (entries, notices) = (new AuditRows(), new NoticeRows());
        foreach (var entry in audit) entries.Add(0, entry);
        var now = audit.Count > 0 ? audit[0].At.UtcDateTime : TimeProvider.System.GetUtcNow().UtcDateTime;
        foreach (var notice in outbox ?? []) notices.Add(0, notice, now);

        command.CommandText = $"""
            WITH won AS ({fence}), aud AS (
                INSERT INTO audit_log (tenant_id, at, actor, action, object, outcome, ip, trace_id, detail)
                SELECT ${tenantParameter}, l.at, l.actor, l.action, l.object, l.outcome, l.ip, l.trace_id, l.detail
                FROM {entries.Unnest("l", ref next)} WHERE EXISTS (SELECT FROM won)
            ), ob AS (
                INSERT INTO outbox (tenant_id, key, event_type, payload, created_at, next_attempt_at)
                SELECT ${tenantParameter}, n.key, n.event_type, n.payload::json, n.created_at, n.created_at
                FROM {notices.Unnest("n", ref next)} WHERE EXISTS (SELECT FROM won)
                ON CONFLICT (key) DO NOTHING
            )
            SELECT count(*) FROM won
            """;
        entries.AddParameters(command.Parameters);
        notices.AddParameters(command.Parameters);
        try
        {
            var won = await database.OnceAsync(command, ReadCountAsync);
            return won > 0 ? AppendOutcome.Committed : AppendOutcome.Conflict;
        }
        catch (StoreUnavailableException)
        {
            return AppendOutcome.Unavailable;
        }
    }

    private static async Task<long> ReadCountAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        return reader.GetInt64(0);
    }
}
