using System.Collections.Concurrent;
using System.Text;

namespace Cavra.Actors.Storage.Journal;

/// <summary>Which kinds of rows a batch has; each combination is a statement of its own, prepared once.</summary>
[Flags]
internal enum CommitParts
{
    None = 0,
    Creates = 1,
    Steps = 2,
    Assignments = 4,
    Audit = 8,
    Notices = 16,
    Marks = 32,
}

/// <summary>
/// The text of the statement that commits a batch: the fence first, then everything else only for the appends that passed it. A lost fence
/// therefore costs its own append and no other.
/// </summary>
internal static class CommitStatements
{
    private static readonly ConcurrentDictionary<CommitParts, string> Texts = new();

    internal const string Plans = """
        INSERT INTO session_plans (tenant_id, plan_digest, plan)
        SELECT p.tenant_id, p.plan_digest, p.plan::json FROM {0} ON CONFLICT DO NOTHING
        """;

    internal const string PlanSteps = """
        INSERT INTO session_plan_steps (tenant_id, plan_digest, step_number, name, phase, sandbox_profile, blast_radius, approval_policy,
            command_payload, rollback_payload)
        SELECT p.tenant_id, p.plan_digest, p.step_number, p.name, p.phase, p.sandbox_profile, p.blast_radius, p.approval_policy,
            p.command_payload::json, p.rollback_payload::json
        FROM {0} ON CONFLICT DO NOTHING
        """;

    /// <summary>Keys past their time make way, so that they can be used again.</summary>
    internal const string ExpireMarks = """
        DELETE FROM idempotency_keys k USING {0} WHERE k.tenant_id = m.tenant_id AND k.key = m.key AND k.created_at < {1}
        """;

    // IS NOT DISTINCT FROM, because no index serves it: by "=" a plan made while the table was empty took an index that starts with the tenant, and read all of
    // the tenant's sessions for every append until the statistics came.
    private const string Changed = """
        won AS (
            UPDATE execution_sessions s SET
                state = u.state, reason = u.reason, live = u.live, worker_id = u.worker_id, transport_channel = u.transport_channel,
                current_step = u.current_step, last_event_seq = u.last_event_seq, head_hash = coalesce(u.head_hash, s.head_hash),
                assignment_retry_count = u.assignment_retry_count, started_at = u.started_at, completed_at = u.completed_at,
                updated_at = u.updated_at, deadline_at = u.deadline_at
            FROM {0}
            WHERE s.session_id = u.session_id AND s.last_event_seq = u.expected_seq AND s.tenant_id IS NOT DISTINCT FROM u.tenant_id {1}
            RETURNING s.session_id, s.tenant_id
        )
        """;

    private const string Created = """
        won AS (
            INSERT INTO execution_sessions (session_id, tenant_id, ticket_id, runbook_id, runbook_version, runbook_digest, plan_digest, validation_mode,
                environment, environment_profile, sandbox_profile, idempotency_key, requested_by, created_at, state, reason, live, worker_id,
                transport_channel, current_step, last_event_seq, head_hash, assignment_retry_count, started_at, completed_at, updated_at, deadline_at)
            SELECT u.session_id, u.tenant_id, u.ticket_id, u.runbook_id, u.runbook_version, u.runbook_digest, u.plan_digest, u.validation_mode,
                u.environment, u.environment_profile, u.sandbox_profile, u.idempotency_key, u.requested_by, u.created_at, u.state, u.reason, u.live, u.worker_id,
                u.transport_channel, u.current_step, u.last_event_seq, u.head_hash, u.assignment_retry_count, u.started_at, u.completed_at, u.updated_at, u.deadline_at
            FROM {0} WHERE true {1}
            ON CONFLICT DO NOTHING
            RETURNING session_id, tenant_id, plan_digest
        )
        """;

    private const string Events = """
        , ev AS (
            INSERT INTO execution_events (session_id, event_id, tenant_id, step_number, event_type, payload, actor, worker_id, trace_id, created_at, hash,
                chunk_type, output_bytes)
            SELECT e.session_id, e.event_id, won.tenant_id, e.step_number, e.event_type, e.payload::json, e.actor, e.worker_id, e.trace_id, e.created_at, e.hash,
                e.chunk_type, e.output_bytes
            FROM {0} JOIN won USING (session_id)
        )
        """;

    private const string ChangedSteps = """
        , st AS (
            UPDATE execution_steps t SET
                state = d.state, reason = d.reason, outcome = d.outcome, attempt = d.attempt, exit_code = d.exit_code, execution_ms = d.execution_ms,
                started_at = d.started_at, completed_at = d.completed_at,
                credentials_used = coalesce(string_to_array(d.credentials, E'\x1f'), t.credentials_used)
            FROM {0} JOIN won USING (session_id)
            WHERE t.session_id = d.session_id AND t.step_number = d.step_number
        )
        """;

    private const string CreatedSteps = """
        , st AS (
            INSERT INTO execution_steps (session_id, step_number, tenant_id, name, phase, sandbox_profile, blast_radius, approval_policy, command_payload,
                rollback_payload, state, reason, outcome, attempt, exit_code, execution_ms, started_at, completed_at, credentials_used)
            SELECT won.session_id, p.step_number, won.tenant_id, p.name, p.phase, p.sandbox_profile, p.blast_radius, p.approval_policy, p.command_payload,
                p.rollback_payload, coalesce(d.state, 'pending'), d.reason, d.outcome, coalesce(d.attempt, 0), d.exit_code, d.execution_ms,
                d.started_at, d.completed_at, coalesce(string_to_array(d.credentials, E'\x1f'), '{}')
            FROM won JOIN session_plan_steps p ON p.tenant_id = won.tenant_id AND p.plan_digest = won.plan_digest
            LEFT JOIN {0} ON d.session_id = won.session_id AND d.step_number = p.step_number
        )
        """;

    private const string Assignments = """
        , asg AS (
            INSERT INTO agent_worker_assignments AS t (assignment_id, session_id, tenant_id, worker_id, attempt, status, assigned_at, acked_at, released_at,
                failure_reason)
            SELECT a.assignment_id, a.session_id, won.tenant_id, a.worker_id, a.attempt, a.status, a.assigned_at, a.acked_at, a.released_at, a.failure_reason
            FROM {0} JOIN won USING (session_id)
            ON CONFLICT (assignment_id) DO UPDATE SET
                status = excluded.status, acked_at = excluded.acked_at, released_at = excluded.released_at, failure_reason = excluded.failure_reason
        )
        """;

    private const string Audit = """
        , aud AS (
            INSERT INTO audit_log (tenant_id, at, actor, action, object, outcome, ip, trace_id, detail)
            SELECT won.tenant_id, l.at, l.actor, l.action, l.object, l.outcome, l.ip, l.trace_id, l.detail FROM {0} JOIN won USING (session_id)
        )
        """;

    private const string Notices = """
        , ob AS (
            INSERT INTO outbox (tenant_id, key, event_type, payload, created_at, next_attempt_at)
            SELECT won.tenant_id, n.key, n.event_type, n.payload::json, n.created_at, n.created_at FROM {0} JOIN won USING (session_id)
            ON CONFLICT (key) DO NOTHING
        )
        """;

    private const string Marks = """
        , mk AS (
            INSERT INTO idempotency_keys (tenant_id, key, route, body_digest, status, session_id, event_id, created_at)
            SELECT m.tenant_id, m.key, m.route, m.body_digest, m.status, m.session_id, m.event_id, m.created_at FROM marks m JOIN won USING (session_id)
        )
        """;

    private const string KeyUnused = """
        AND NOT EXISTS (
            SELECT FROM marks m JOIN idempotency_keys k ON k.tenant_id = m.tenant_id AND k.key = m.key WHERE m.session_id = u.session_id)
        """;

    internal static string For(CommitParts parts) => Texts.GetOrAdd(parts, Compose);

    // The order of the parts is the order of the parameters; CommitBatch adds them alike.
    private static string Compose(CommitParts parts)
    {
        var next = 1;
        var rows = new CommitRows();
        var creates = parts.HasFlag(CommitParts.Creates);
        var text = new StringBuilder("WITH ");
        if (parts.HasFlag(CommitParts.Marks)) text.Append("marks AS (SELECT * FROM ").Append(rows.Marks.Unnest("m", ref next)).Append("), ");
        var sessions = creates ? rows.Created.Unnest("u", ref next) : rows.Changed.Unnest("u", ref next);
        Append(creates ? Created : Changed, sessions, parts.HasFlag(CommitParts.Marks) ? KeyUnused : "");
        Append(Events, rows.Events.Unnest("e", ref next));
        if (creates) Append(CreatedSteps, rows.Steps.Unnest("d", ref next));
        else if (parts.HasFlag(CommitParts.Steps)) Append(ChangedSteps, rows.Steps.Unnest("d", ref next));
        if (parts.HasFlag(CommitParts.Assignments)) Append(Assignments, rows.Assignments.Unnest("a", ref next));
        if (parts.HasFlag(CommitParts.Audit)) Append(Audit, rows.Audit.Unnest("l", ref next));
        if (parts.HasFlag(CommitParts.Notices)) Append(Notices, rows.Notices.Unnest("n", ref next));
        if (parts.HasFlag(CommitParts.Marks)) text.Append(Marks);
        return text.Append("\nSELECT session_id FROM won").ToString();

        void Append(string part, string source, string condition = "")
            => text.Append(part.Replace("{0}", source, StringComparison.Ordinal).Replace("{1}", condition, StringComparison.Ordinal));
    }
}
