using System.Runtime.InteropServices;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Rows;

namespace Cavra.Actors.Storage.Journal;

/// <summary>The changing columns of sessions whose appends name an expected sequence.</summary>
internal class ChangedSessionRows : RowSet
{
    private readonly Column<long> _session, _expected, _newSeq;
    private readonly Column<string?> _tenant, _state, _reason, _worker, _transport;
    private readonly Column<bool> _live;
    private readonly Column<int?> _currentStep;
    private readonly Column<byte[]?> _head;
    private readonly Column<int> _retries;
    private readonly Column<DateTime?> _started, _completed, _deadline;
    private readonly Column<DateTime> _updated;

    internal ChangedSessionRows()
    {
        _session = Bigint("session_id");
        _tenant = Text("tenant_id");
        _expected = Bigint("expected_seq");
        _newSeq = Bigint("last_event_seq");
        _head = Bytes("head_hash");
        _state = Text("state");
        _reason = Text("reason");
        _live = Boolean("live");
        _worker = Text("worker_id");
        _transport = Text("transport_channel");
        _currentStep = IntegerOrNull("current_step");
        _retries = Integer("assignment_retry_count");
        _started = InstantOrNull("started_at");
        _completed = InstantOrNull("completed_at");
        _updated = Instant("updated_at");
        _deadline = InstantOrNull("deadline_at");
    }

    internal virtual void Add(PendingCommit pending)
    {
        var (commit, row) = (pending.Commit, pending.Commit.Row);
        _session.Add(commit.Session.Value);
        _tenant.Add(commit.Tenant.Value);
        _expected.Add(commit.ExpectedSeq);
        _newSeq.Add(pending.NewSeq);
        _head.Add(pending.HeadHash);
        _state.Add(EnumText<SessionState>.Of(row.State));
        _reason.Add(EnumText<SessionReason>.Of(row.Reason));
        _live.Add(row.Live);
        _worker.Add(row.WorkerId?.Value);
        _transport.Add(EnumText<TransportChannel>.Of(row.TransportChannel));
        _currentStep.Add(row.CurrentStep);
        _retries.Add(row.AssignmentRetryCount);
        _started.Add(row.StartedAt?.UtcDateTime);
        _completed.Add(row.CompletedAt?.UtcDateTime);
        _updated.Add(row.UpdatedAt.UtcDateTime);
        _deadline.Add(row.DeadlineAt?.UtcDateTime);
        Counted();
    }
}

/// <summary>All columns of sessions that are created.</summary>
internal sealed class NewSessionRows : ChangedSessionRows
{
    private readonly Column<string?> _ticket, _runbook, _runbookDigest, _plan, _mode, _environment, _profile, _sandbox, _key, _requestedBy;
    private readonly Column<int> _runbookVersion;
    private readonly Column<DateTime> _created;

    internal NewSessionRows()
    {
        _ticket = Text("ticket_id");
        _runbook = Text("runbook_id");
        _runbookVersion = Integer("runbook_version");
        _runbookDigest = Text("runbook_digest");
        _plan = Text("plan_digest");
        _mode = Text("validation_mode");
        _environment = Text("environment");
        _profile = Text("environment_profile");
        _sandbox = Text("sandbox_profile");
        _key = Text("idempotency_key");
        _requestedBy = Text("requested_by");
        _created = Instant("created_at");
    }

    internal override void Add(PendingCommit pending)
    {
        base.Add(pending);
        var row = pending.Commit.Row.Static!;
        _ticket.Add(row.TicketId);
        _runbook.Add(row.RunbookId);
        _runbookVersion.Add(row.RunbookVersion);
        _runbookDigest.Add(row.RunbookDigest);
        _plan.Add(row.PlanDigest);
        _mode.Add(EnumText<ValidationMode>.Of(row.ValidationMode));
        _environment.Add(EnumText<TargetEnvironment>.Of(row.Environment));
        _profile.Add(EnumText<EnvironmentProfile>.Of(row.EnvironmentProfile));
        _sandbox.Add(row.SandboxProfile);
        _key.Add(row.IdempotencyKey);
        _requestedBy.Add(row.RequestedBy);
        _created.Add(row.CreatedAt.UtcDateTime);
    }
}

/// <summary>Events, the bulk of every batch.</summary>
internal sealed class EventRows : RowSet
{
    private readonly Column<long> _session, _event;
    private readonly Column<int?> _step;
    private readonly Column<string?> _type, _payload, _actor, _worker, _trace;
    private readonly Column<DateTime> _created;
    private readonly Column<byte[]?> _hash;
    private readonly Column<string?> _chunkType;
    private readonly Column<int?> _outputBytes;

    internal EventRows()
    {
        _session = Bigint("session_id");
        _event = Bigint("event_id");
        _step = IntegerOrNull("step_number");
        _type = Text("event_type");
        _payload = Text("payload");
        _actor = Text("actor");
        _worker = Text("worker_id");
        _trace = Text("trace_id");
        _created = Instant("created_at");
        _hash = Bytes("hash");
        _chunkType = Text("chunk_type");
        _outputBytes = IntegerOrNull("output_bytes");
    }

    internal void Add(StoredEvent stored)
    {
        _session.Add(stored.SessionId.Value);
        _event.Add(stored.EventId);
        _step.Add(stored.StepNumber);
        _type.Add(stored.EventType);
        _payload.Add(stored.Payload);
        _actor.Add(stored.Actor);
        _worker.Add(stored.WorkerId);
        _trace.Add(stored.TraceId);
        _created.Add(stored.CreatedAt.UtcDateTime);
        _hash.Add(ImmutableCollectionsMarshal.AsArray(stored.Hash));
        var (chunkType, bytes) = stored.EventType == EventTypes.StepOutput ? OutputChunk.Measure(stored.Payload) : default;
        _chunkType.Add(chunkType);
        _outputBytes.Add(bytes);
        Counted();
    }
}

/// <summary>Changed steps. On create only those that are not simply pending: the rest is copied from the plan inside the server.</summary>
internal sealed class StepRows : RowSet
{
    /// <summary>Joins credential ids within one column; no id has it.</summary>
    internal const char Separator = '\u001f';

    private readonly Column<long> _session;
    private readonly Column<int> _step, _attempt;
    private readonly Column<string?> _state, _reason, _outcome, _credentials;
    private readonly Column<int?> _exitCode;
    private readonly Column<long?> _executionMs;
    private readonly Column<DateTime?> _started, _completed;

    internal StepRows()
    {
        _session = Bigint("session_id");
        _step = Integer("step_number");
        _state = Text("state");
        _reason = Text("reason");
        _outcome = Text("outcome");
        _attempt = Integer("attempt");
        _exitCode = IntegerOrNull("exit_code");
        _executionMs = BigintOrNull("execution_ms");
        _started = InstantOrNull("started_at");
        _completed = InstantOrNull("completed_at");
        _credentials = Text("credentials");
    }

    internal void Add(long session, StepRow row)
    {
        _session.Add(session);
        _step.Add(row.StepNumber);
        _state.Add(EnumText<StepState>.Of(row.State));
        _reason.Add(EnumText<StepReason>.Of(row.Reason));
        _outcome.Add(EnumText<StepOutcome>.Of(row.Outcome));
        _attempt.Add(row.Attempt);
        _exitCode.Add(row.ExitCode);
        _executionMs.Add(row.ExecutionMs);
        _started.Add(row.StartedAt?.UtcDateTime);
        _completed.Add(row.CompletedAt?.UtcDateTime);
        _credentials.Add(row.CredentialsUsed.IsDefaultOrEmpty ? null : string.Join(Separator, row.CredentialsUsed));
        Counted();
    }

    /// <summary>True for a step as every plan begins it.</summary>
    internal static bool IsPristine(StepRow row)
        => row is { State: StepState.Pending, Reason: null, Outcome: null, Attempt: 0, ExitCode: null, ExecutionMs: null, StartedAt: null, CompletedAt: null }
            && row.CredentialsUsed.IsDefaultOrEmpty;
}

/// <summary>Assignments that changed.</summary>
internal sealed class AssignmentRows : RowSet
{
    private readonly Column<long> _session;
    private readonly Column<string?> _assignment, _worker, _status, _failure;
    private readonly Column<int> _attempt;
    private readonly Column<DateTime> _assigned;
    private readonly Column<DateTime?> _acked, _released;

    internal AssignmentRows()
    {
        _session = Bigint("session_id");
        _assignment = Text("assignment_id");
        _worker = Text("worker_id");
        _attempt = Integer("attempt");
        _status = Text("status");
        _assigned = Instant("assigned_at");
        _acked = InstantOrNull("acked_at");
        _released = InstantOrNull("released_at");
        _failure = Text("failure_reason");
    }

    internal void Add(long session, AssignmentRow row)
    {
        _session.Add(session);
        _assignment.Add(row.AssignmentId.Value);
        _worker.Add(row.WorkerId.Value);
        _attempt.Add(row.Attempt);
        _status.Add(row.Status);
        _assigned.Add(row.AssignedAt.UtcDateTime);
        _acked.Add(row.AckedAt?.UtcDateTime);
        _released.Add(row.ReleasedAt?.UtcDateTime);
        _failure.Add(row.FailureReason);
        Counted();
    }
}
