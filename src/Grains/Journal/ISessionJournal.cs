using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Journal;

/// <summary>
/// Where sessions' events go. An append is the commit point: events, read rows, audit and outbox in one transaction, shared with whatever other appends
/// are ready (group commit). The database is the fence: of two activations of one session, one loses.
/// </summary>
public interface ISessionJournal
{
    /// <summary>
    /// Appends if the session's last sequence is still <see cref="SessionCommit.ExpectedSeq"/>. Completes when the commit is durable or known to have failed;
    /// never throws for the outcomes of <see cref="AppendOutcome"/>.
    /// </summary>
    ValueTask<AppendResult> Append(SessionCommit commit);

    /// <summary>
    /// What is needed to rebuild a session: its plan, and its events in order with, of output events, only the last of each (step, attempt, rollback) run.
    /// Null when there is no such session.
    /// </summary>
    Task<SessionHistory?> Load(SessionId session);
}

/// <summary>How an append ended.</summary>
public enum AppendOutcome
{
    /// <summary>Durable.</summary>
    Committed,

    /// <summary>Another activation wrote first, or the session exists already: this activation must go.</summary>
    Conflict,

    /// <summary>Create only: the ticket has a live session (<see cref="AppendResult.Other"/>).</summary>
    TicketBusy,

    /// <summary>The idempotency key was used before (<see cref="AppendResult.Earlier"/>).</summary>
    KeyUsed,

    /// <summary>The store's queue is full: nothing was written, try again later.</summary>
    Overloaded,

    /// <summary>The database cannot be reached or refuses writes: nothing was written as far as is known after the bound.</summary>
    Unavailable,
}

/// <summary>The end of an append.</summary>
public readonly record struct AppendResult(AppendOutcome Outcome, SessionId? Other = null, IdempotencyRecord? Earlier = null);

/// <summary>All that one turn of a session makes durable.</summary>
public sealed record SessionCommit
{
    /// <summary>The session.</summary>
    public required SessionId Session { get; init; }

    /// <summary>Its tenant.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The last sequence before this commit; 0 creates the session.</summary>
    public required long ExpectedSeq { get; init; }

    /// <summary>Events <c>ExpectedSeq + 1 ..</c>, hashed.</summary>
    public required ImmutableArray<StoredEvent> Events { get; init; }

    /// <summary>The session's read row afterwards.</summary>
    public required SessionRow Row { get; init; }

    /// <summary>Read rows of steps that changed (all of them on create).</summary>
    public ImmutableArray<StepRow> Steps { get; init; } = [];

    /// <summary>Assignment rows that changed.</summary>
    public ImmutableArray<AssignmentRow> Assignments { get; init; } = [];

    /// <summary>On create: the plan, stored once per digest.</summary>
    public SessionPlan? Plan { get; init; }

    /// <summary>The request's mark and the status that its answer has.</summary>
    public IdempotencyMark? Idempotency { get; init; }

    /// <summary>Status code of the answer to be repeated.</summary>
    public int IdempotentStatus { get; init; } = 200;

    /// <summary>Audit rows (invariant I8).</summary>
    public ImmutableArray<AuditEntry> Audit { get; init; } = [];

    /// <summary>Notifications to be delivered by connectors.</summary>
    public ImmutableArray<OutboxRow> Outbox { get; init; } = [];
}

/// <summary>The read row of a session: spec 3.4's columns. Static columns are written on create only.</summary>
public sealed record SessionRow
{
#pragma warning disable CS1591 // Columns of the same names; spec 3.4 and the contract document them.
    public required SessionState State { get; init; }
    public SessionReason? Reason { get; init; }
    public WorkerId? WorkerId { get; init; }
    public TransportChannel? TransportChannel { get; init; }
    public int? CurrentStep { get; init; }
    public int AssignmentRetryCount { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The earliest deadline in the state; recovery wakes sessions that slept past it.</summary>
    public DateTimeOffset? DeadlineAt { get; init; }
    public bool Live => State is not (SessionState.Completed or SessionState.Failed or SessionState.Cancelled);

    /// <summary>Written on create only.</summary>
    public SessionStaticRow? Static { get; init; }
}

/// <summary>Columns that never change.</summary>
public sealed record SessionStaticRow
{
    public required string TicketId { get; init; }
    public required string RunbookId { get; init; }
    public required int RunbookVersion { get; init; }
    public required string RunbookDigest { get; init; }
    public required string PlanDigest { get; init; }
    public required ValidationMode ValidationMode { get; init; }
    public required TargetEnvironment Environment { get; init; }
    public required EnvironmentProfile EnvironmentProfile { get; init; }
    public required string SandboxProfile { get; init; }
    public string? IdempotencyKey { get; init; }
    public required string RequestedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The read row of a step.</summary>
public sealed record StepRow
{
    public required int StepNumber { get; init; }
    public required StepState State { get; init; }
    public StepReason? Reason { get; init; }
    public StepOutcome? Outcome { get; init; }
    public int Attempt { get; init; }
    public int? ExitCode { get; init; }
    public long? ExecutionMs { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public ImmutableArray<string> CredentialsUsed { get; init; } = [];

    /// <summary>On create: the planned step, from which the static columns come.</summary>
    public PlannedStep? Planned { get; init; }
}

/// <summary>A row of <c>agent_worker_assignments</c>.</summary>
public sealed record AssignmentRow
{
    public required AssignmentId AssignmentId { get; init; }
    public required WorkerId WorkerId { get; init; }
    public required int Attempt { get; init; }

    /// <summary>assigned, acked, active, released, failed.</summary>
    public required string Status { get; init; }
    public required DateTimeOffset AssignedAt { get; init; }
    public DateTimeOffset? AckedAt { get; init; }
    public DateTimeOffset? ReleasedAt { get; init; }
    public string? FailureReason { get; init; }
}
#pragma warning restore CS1591

/// <summary>A notification for connectors: ids, title and link only, never command text or output (contract, Operations).</summary>
public sealed record OutboxRow(string EventType, string Key, string PayloadJson);

/// <summary>A session as stored.</summary>
public sealed record SessionHistory(TenantId Tenant, SessionPlan Plan, SessionStaticRow Static, ImmutableArray<StoredEvent> Events);
