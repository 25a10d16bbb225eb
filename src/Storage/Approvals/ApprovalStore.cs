using System.Globalization;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;

namespace Cavra.Actors.Storage.Approvals;

/// <summary>Approval tasks as rows with a version.</summary>
internal sealed class ApprovalStore(DatabaseReads database) : IApprovalStore
{
    private const string Insert = """
        INSERT INTO approval_tasks (approval_id, tenant_id, session_id, ordinal, version, state, undecided, digest, escalated_from, requested_at,
            expires_at, resolved_at, task)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text, $10, $11, $12::timestamptz, $13::json)
        ON CONFLICT DO NOTHING RETURNING 1
        """;

    private const string Update = """
        UPDATE approval_tasks SET version = $5, state = $6, undecided = $7, digest = $8, escalated_from = $9::text, requested_at = $10, expires_at = $11,
            resolved_at = $12::timestamptz, task = $13::json, ordinal = $4
        WHERE approval_id = $1 AND tenant_id = $2 AND session_id = $3 AND version = $5 - 1
        RETURNING 1
        """;

    private readonly FencedWrite _write = new(database);

    public Task<ApprovalTaskView?> Load(ApprovalId id)
        => database.AsSystemAsync(DatabaseReads.Sql("SELECT task FROM approval_tasks WHERE approval_id = $1", id.Value), async (reader, token)
            => await reader.ReadAsync(token) ? ApprovalRows.Parse(reader.GetString(0)) : null);

    public ValueTask<AppendOutcome> Save(ApprovalTaskView task, IReadOnlyList<AuditEntry> audit, IReadOnlyList<OutboxRow> outbox)
    {
        var request = task.Request;
        return _write.RunAsync(
            request.Tenant.Value, task.Version == 1 ? Insert : Update,
            [
                request.ApprovalId.Value, request.Tenant.Value, request.Session.Value, OrdinalOf(request.ApprovalId), task.Version,
                EnumText<ApprovalState>.Of(task.State), ApprovalRows.IsUndecided(task), request.Digest, request.EscalatedFrom?.Value,
                request.RequestedAt.UtcDateTime, request.ExpiresAt.UtcDateTime, task.ResolvedAt?.UtcDateTime, ApprovalRows.Json(task),
            ],
            audit, outbox);
    }

    // appr-SESSION-ORDINAL
    private static int OrdinalOf(ApprovalId id)
        => int.TryParse(id.Value.AsSpan(id.Value.LastIndexOf('-') + 1), CultureInfo.InvariantCulture, out var ordinal) ? ordinal : 0;
}
