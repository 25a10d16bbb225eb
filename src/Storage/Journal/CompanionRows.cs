using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Rows;

namespace Cavra.Actors.Storage.Journal;

/// <summary>Marks of idempotent requests; the answer is rebuilt from the session after the named event.</summary>
internal sealed class MarkRows : RowSet
{
    private readonly Column<long> _session, _event;
    private readonly Column<string?> _tenant, _key, _route, _digest;
    private readonly Column<int> _status;
    private readonly Column<DateTime> _created;

    internal MarkRows()
    {
        _session = Bigint("session_id");
        _tenant = Text("tenant_id");
        _key = Text("key");
        _route = Text("route");
        _digest = Text("body_digest");
        _status = Integer("status");
        _event = Bigint("event_id");
        _created = Instant("created_at");
    }

    internal void Add(PendingCommit pending)
    {
        var (commit, mark) = (pending.Commit, pending.Commit.Idempotency!);
        _session.Add(commit.Session.Value);
        _tenant.Add(commit.Tenant.Value);
        _key.Add(mark.Key);
        _route.Add(mark.Route);
        _digest.Add(mark.BodyDigest);
        _status.Add(commit.IdempotentStatus);
        _event.Add(pending.NewSeq);
        _created.Add(commit.Row.UpdatedAt.UtcDateTime);
        Counted();
    }
}

/// <summary>Audit rows that stand or fall with their session's append (invariant I8).</summary>
internal sealed class AuditRows : RowSet
{
    private readonly Column<long> _session;
    private readonly Column<DateTime> _at;
    private readonly Column<string?> _actor, _action, _object, _outcome, _ip, _trace, _detail;

    internal AuditRows()
    {
        _session = Bigint("session_id");
        _at = Instant("at");
        _actor = Text("actor");
        _action = Text("action");
        _object = Text("object");
        _outcome = Text("outcome");
        _ip = Text("ip");
        _trace = Text("trace_id");
        _detail = Text("detail");
    }

    internal void Add(long session, AuditEntry entry)
    {
        _session.Add(session);
        _at.Add(entry.At.UtcDateTime);
        _actor.Add(entry.Actor);
        _action.Add(entry.Action);
        _object.Add(entry.Object);
        _outcome.Add(entry.Outcome);
        _ip.Add(entry.Ip);
        _trace.Add(entry.TraceId);
        _detail.Add(entry.Detail);
        Counted();
    }
}

/// <summary>Notifications that leave only if the append is kept.</summary>
internal sealed class NoticeRows : RowSet
{
    private readonly Column<long> _session;
    private readonly Column<string?> _key, _type, _payload;
    private readonly Column<DateTime> _created;

    internal NoticeRows()
    {
        _session = Bigint("session_id");
        _key = Text("key");
        _type = Text("event_type");
        _payload = Text("payload");
        _created = Instant("created_at");
    }

    internal void Add(long session, OutboxRow row, DateTime createdAt)
    {
        _session.Add(session);
        _key.Add(row.Key);
        _type.Add(row.EventType);
        _payload.Add(row.PayloadJson);
        _created.Add(createdAt);
        Counted();
    }
}

/// <summary>Plans that the database has not seen from this process.</summary>
internal sealed class PlanRows : RowSet
{
    private readonly Column<string?> _tenant, _digest, _plan;

    internal PlanRows()
    {
        _tenant = Text("tenant_id");
        _digest = Text("plan_digest");
        _plan = Text("plan");
    }

    internal void Add(string tenant, string digest, string json)
    {
        _tenant.Add(tenant);
        _digest.Add(digest);
        _plan.Add(json);
        Counted();
    }
}

/// <summary>The steps of those plans, in the columns of <c>execution_steps</c>.</summary>
internal sealed class PlanStepRows : RowSet
{
    private readonly Column<string?> _tenant, _digest, _name, _phase, _sandbox, _blast, _approval, _command, _rollback;
    private readonly Column<int> _step;

    internal PlanStepRows()
    {
        _tenant = Text("tenant_id");
        _digest = Text("plan_digest");
        _step = Integer("step_number");
        _name = Text("name");
        _phase = Text("phase");
        _sandbox = Text("sandbox_profile");
        _blast = Text("blast_radius");
        _approval = Text("approval_policy");
        _command = Text("command_payload");
        _rollback = Text("rollback_payload");
    }

    internal void Add(string tenant, string digest, PlannedStep step)
    {
        _tenant.Add(tenant);
        _digest.Add(digest);
        _step.Add(step.Number);
        _name.Add(step.Name);
        _phase.Add(EnumText<StepPhase>.Of(step.Phase));
        _sandbox.Add(step.SandboxProfile);
        _blast.Add(EnumText<BlastRadius>.Of(step.BlastRadius));
        _approval.Add(step.ApprovalPolicy);
        _command.Add(StepPayloads.Command(step));
        _rollback.Add(StepPayloads.Rollback(step));
        Counted();
    }
}
