using System.Collections.Immutable;
using System.Text;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Approvals;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;
using Npgsql;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>Pages of sessions, newest first, from the read tables alone: outputs are left to the single session's own reading.</summary>
internal sealed class SessionList(DatabaseReads reads, PlanCache plans)
{
    private const string Columns = """
        session_id, ticket_id, runbook_id, runbook_version, runbook_digest, plan_digest, state, reason, validation_mode, environment,
        environment_profile, sandbox_profile, transport_channel, worker_id, current_step, last_event_seq, assignment_retry_count, idempotency_key,
        requested_by, created_at, started_at, completed_at
        """;

    private const string StepsStatement = """
        SELECT session_id, step_number, state, reason, outcome, attempt, exit_code, execution_ms, started_at, completed_at, credentials_used
        FROM execution_steps WHERE session_id = ANY ($1) AND tenant_id = $2 ORDER BY session_id, step_number
        """;

    private const string ApprovalsStatement = "SELECT session_id, task FROM approval_tasks WHERE session_id = ANY ($1) AND tenant_id = $2 ORDER BY session_id, ordinal";

    private sealed record Row(SessionView View, string PlanDigest);

    internal async Task<Page<SessionView>> ReadAsync(TenantId tenant, SessionFilter filter, CancellationToken cancellation)
    {
        var rows = await reads.AsTenantAsync(tenant, Statement(tenant, filter), (reader, token) => ReadRowsAsync(tenant, reader, token), cancellation);
        var cursor = rows.Count > filter.Limit ? Cursors.Of(rows[filter.Limit - 1].View.SessionId) : null;
        if (rows.Count > filter.Limit) rows.RemoveAt(filter.Limit);
        if (rows.Count == 0) return new([], null);

        var ids = rows.Select(r => r.View.SessionId.Value).ToArray();
        var steps = await reads.AsTenantAsync(tenant, DatabaseReads.Sql(StepsStatement, ids, tenant.Value), StepViews.ReadAsync, cancellation);
        var approvals = await reads.AsTenantAsync(tenant, DatabaseReads.Sql(ApprovalsStatement, ids, tenant.Value), ReadApprovalsAsync, cancellation);
        var views = ImmutableArray.CreateBuilder<SessionView>(rows.Count);
        foreach (var (view, planDigest) in rows)
        {
            var plan = await plans.GetAsync(tenant, planDigest);
            views.Add(view with
            {
                Title = plan.Title,
                Steps = StepViews.Join(plan, steps[view.SessionId.Value]),
                Approvals = [.. approvals[view.SessionId.Value]],
            });
        }
        return new(views.DrainToImmutable(), cursor);
    }

    private static NpgsqlBatchCommand Statement(TenantId tenant, SessionFilter filter)
    {
        var command = DatabaseReads.Sql("", tenant.Value);
        var text = new StringBuilder($"SELECT {Columns} FROM execution_sessions WHERE tenant_id = $1");
        Where("state =", EnumText<SessionState>.Of(filter.State));
        Where("ticket_id =", filter.TicketId);
        Where("environment =", EnumText<TargetEnvironment>.Of(filter.Environment));
        Where("worker_id =", filter.WorkerId?.Value);
        Where("requested_by =", filter.RequestedBy);
        Where("created_at >=", filter.Since?.UtcDateTime);
        Where("session_id <", Cursors.Single(filter.Cursor));
        // One more than asked says whether there is a next page.
        command.Parameters.Add(new() { Value = filter.Limit + 1 });
        command.CommandText = text.Append(" ORDER BY session_id DESC LIMIT $").Append(command.Parameters.Count).ToString();
        return command;

        void Where(string condition, object? value)
        {
            if (value is null) return;
            command.Parameters.Add(new() { Value = value });
            text.Append(" AND ").Append(condition).Append(" $").Append(command.Parameters.Count);
        }
    }

    private static async Task<List<Row>> ReadRowsAsync(TenantId tenant, NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellationToken)) rows.Add(new(ReadView(tenant, reader), reader.GetString(5)));
        return rows;
    }

    private static SessionView ReadView(TenantId tenant, NpgsqlDataReader reader) => new()
    {
        SessionId = new(reader.GetInt64(0)),
        TenantId = tenant,
        TicketId = reader.GetString(1),
        RunbookId = reader.GetString(2),
        RunbookVersion = reader.GetInt32(3),
        RunbookDigest = reader.GetString(4),
        State = EnumText<SessionState>.Parse(reader.GetString(6)),
        Reason = EnumText<SessionReason>.ParseOrNull(reader.TextOrNull(7)),
        ValidationMode = EnumText<ValidationMode>.Parse(reader.GetString(8)),
        Environment = EnumText<TargetEnvironment>.Parse(reader.GetString(9)),
        EnvironmentProfile = EnumText<EnvironmentProfile>.Parse(reader.GetString(10)),
        SandboxProfile = reader.GetString(11),
        TransportChannel = EnumText<TransportChannel>.ParseOrNull(reader.TextOrNull(12)),
        WorkerId = reader.TextOrNull(13) is { } worker ? new WorkerId(worker) : null,
        CurrentStep = reader.IntegerOrNull(14),
        LastEventSeq = reader.GetInt64(15),
        AssignmentRetryCount = reader.GetInt32(16),
        IdempotencyKey = reader.TextOrNull(17),
        RequestedBy = reader.GetString(18),
        CreatedAt = new(reader.GetDateTime(19)),
        StartedAt = reader.InstantOrNull(20),
        CompletedAt = reader.InstantOrNull(21),
        Steps = [],
    };

    private static async Task<ILookup<long, ApprovalView>> ReadApprovalsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<(long Session, ApprovalView View)>();
        while (await reader.ReadAsync(cancellationToken)) rows.Add((reader.GetInt64(0), ApprovalRows.View(ApprovalRows.Parse(reader.GetString(1)))));
        return rows.ToLookup(r => r.Session, r => r.View);
    }
}
