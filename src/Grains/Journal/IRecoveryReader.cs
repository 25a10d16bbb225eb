using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Journal;

/// <summary>What must be woken after a start; unscoped by tenant, for grains only.</summary>
public interface IRecoveryReader
{
    /// <summary>Live sessions above <paramref name="after"/>, in order of id; with <paramref name="dueBefore"/> only those whose deadline lies before it.</summary>
    Task<IReadOnlyList<SessionId>> LiveSessions(SessionId after, int limit, DateTimeOffset? dueBefore);

    /// <summary>Open approval tasks above <paramref name="after"/>, in order of id.</summary>
    Task<IReadOnlyList<ApprovalId>> OpenApprovals(ApprovalId? after, int limit);
}

/// <summary>Approval tasks as rows with a version; the version is the fence.</summary>
public interface IApprovalStore
{
    /// <summary>The task; null when there is none.</summary>
    Task<ApprovalTaskView?> Load(ApprovalId id);

    /// <summary>
    /// Writes the task if the stored version is <c>task.Version - 1</c> (0: none). Audit and outbox rows go in the same transaction.
    /// </summary>
    ValueTask<AppendOutcome> Save(ApprovalTaskView task, IReadOnlyList<Queries.AuditEntry> audit, IReadOnlyList<OutboxRow> outbox);
}

/// <summary>Registered workers as rows with a version.</summary>
public interface IWorkerStore
{
    /// <summary>The worker; null when it never registered.</summary>
    Task<WorkerRecord?> Load(WorkerId id);

    /// <summary>All of them.</summary>
    Task<IReadOnlyList<WorkerRecord>> All();

    /// <summary>Assignments that are not released or failed, from <c>agent_worker_assignments</c>.</summary>
    Task<IReadOnlyList<OpenAssignment>> OpenAssignments(WorkerId id);

    /// <summary>Writes the worker if the stored version is <c>record.Version - 1</c> (0: none), with audit rows.</summary>
    ValueTask<AppendOutcome> Save(WorkerRecord record, IReadOnlyList<Queries.AuditEntry> audit);
}

/// <summary>What is durable of a worker: registration and administrative state; heartbeats are not.</summary>
public sealed record WorkerRecord
{
    /// <summary>The worker.</summary>
    public required WorkerId WorkerId { get; init; }

    /// <summary>The row's version; every change is one more.</summary>
    public required long Version { get; init; }

    /// <summary>What it registered with.</summary>
    public required AgentRegistration Registration { get; init; }

    /// <summary>idle, errored, offline or draining; assigned and executing are derived.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Why, e.g. the drain's reason.</summary>
    public string? Reason { get; init; }

    /// <summary>When it first registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>When the row was written.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it last went errored or offline (spec 7.1's 60 s).</summary>
    public DateTimeOffset? LastBadAt { get; init; }

    /// <summary>False after it left.</summary>
    public bool Registered { get; init; } = true;
}

/// <summary>An assignment that still holds a place.</summary>
public sealed record OpenAssignment(AssignmentId AssignmentId, SessionId SessionId, TenantId Tenant);

/// <summary>Runbook versions.</summary>
public interface IRunbookStore
{
    /// <summary>Newest version of each of a tenant's runbooks.</summary>
    Task<IReadOnlyList<Runbooks.RunbookDocument>> Newest(TenantId tenant);

    /// <summary>One version; the newest when null.</summary>
    Task<Runbooks.RunbookDocument?> Load(TenantId tenant, string runbookId, int? version);

    /// <summary>Adds a version, with its audit row; <see cref="AppendOutcome.Conflict"/> when it exists.</summary>
    ValueTask<AppendOutcome> Add(TenantId tenant, Runbooks.RunbookDocument document, Queries.AuditEntry audit);
}

/// <summary>Feature flags as rows.</summary>
public interface IFeatureFlagStore
{
    /// <summary>Every setting; a null tenant is the global one.</summary>
    Task<IReadOnlyList<FeatureFlagRow>> All();

    /// <summary>Writes one setting with its audit row.</summary>
    ValueTask<AppendOutcome> Save(FeatureFlagRow row, Queries.AuditEntry audit);
}

/// <summary>One setting of a flag.</summary>
public sealed record FeatureFlagRow(string Name, TenantId? Tenant, bool Enabled, string UpdatedBy, DateTimeOffset UpdatedAt);
