using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Dispatch;

/// <summary>
/// The queue of one (tenant, environment) and its view of workers; the key is <c>tenant/environment</c>. Holds nothing durable: sessions ask again
/// when they are activated (ARCHITECTURE section 3, Dispatch).
/// </summary>
[Alias("cavra.IDispatch")]
public interface IDispatch : IGrainWithStringKey
{
    /// <summary>Asks for a worker. Answers an offer (reserved at the worker), or the place in the queue; then <see cref="IExecutionSession.Nudge"/> follows.</summary>
    [Alias("Request")]
    Task<DispatchReply> Request(DispatchRequest request);

    /// <summary>Takes a session out of the queue and gives back an offer that it did not use.</summary>
    [Alias("Withdraw")]
    Task Withdraw(SessionId session);

    /// <summary>Why a session waits: each worker with the first rule it failed.</summary>
    [Alias("Explain")]
    Task<DispatchExplanation> Explain(DispatchRequest request);

    /// <summary>A worker came, left, changed or has room again.</summary>
    [Alias("WorkerChanged"), OneWay]
    Task WorkerChanged(WorkerId worker);

    /// <summary>What the directory knows of a worker now.</summary>
    [Alias("WorkerUpdated"), OneWay]
    Task WorkerUpdated(WorkerView worker);

    /// <summary>A place that this dispatcher gave is free again, or one that it was refused may be had; with the worker's load now.</summary>
    [Alias("WorkerLoad"), OneWay]
    Task WorkerLoad(WorkerId worker, int currentLoad);
}

/// <summary>What a session needs.</summary>
[GenerateSerializer, Alias("cavra.dispatch-request"), Immutable]
public sealed record DispatchRequest
{
    /// <summary>The session.</summary>
    [Id(0)] public required SessionId Session { get; init; }

    /// <summary>Its tenant.</summary>
    [Id(1)] public required TenantId Tenant { get; init; }

    /// <summary>Its environment.</summary>
    [Id(2)] public required TargetEnvironment Environment { get; init; }

    /// <summary>What the worker must offer.</summary>
    [Id(3)] public required WorkerRequirements Requirements { get; init; }

    /// <summary>The sandbox profile that the worker must provide.</summary>
    [Id(4)] public required string SandboxProfile { get; init; }

    /// <summary>The fence that an assignment would carry.</summary>
    [Id(5)] public required AssignmentId Assignment { get; init; }

    /// <summary>Only the engine inside the host (spec 8.1, flag off).</summary>
    [Id(6)] public bool InProcess { get; init; }

    /// <summary>Workers that failed this session before; chosen again only when no other fits.</summary>
    [Id(7)] public ImmutableArray<WorkerId> Avoid { get; init; } = [];

    /// <summary>When the session was queued; older first.</summary>
    [Id(8)] public required DateTimeOffset QueuedAt { get; init; }
}

/// <summary>
/// An offer, or a place in the queue (1 is next; an estimate when thousands wait). Refused with <c>queue_full</c> beyond 100,000 waiting sessions: the
/// session stays queued by its own state and asks again later.
/// </summary>
[GenerateSerializer, Alias("cavra.dispatch-reply"), Immutable]
public sealed record DispatchReply(WorkerId? Worker, TransportChannel Transport, int QueuePosition, Refusal? Refusal = null);

/// <summary>The dispatcher's part of <c>why</c>.</summary>
[GenerateSerializer, Alias("cavra.dispatch-explanation"), Immutable]
public sealed record DispatchExplanation(int? QueuePosition, ImmutableArray<WorkerFit> Workers);

/// <summary>One worker's fit; <paramref name="Rule"/> is the first rule that it failed.</summary>
[GenerateSerializer, Alias("cavra.worker-fit"), Immutable]
public sealed record WorkerFit(WorkerId WorkerId, WorkerState State, bool Fits, string? Rule, string? Detail);

/// <summary>The answer of <c>GET .../why</c>.</summary>
[GenerateSerializer, Alias("cavra.why-view"), Immutable]
public sealed record WhyView
{
#pragma warning disable CS1591 // The contract documents each field under the same name.
    [Id(0)] public required TenantId TenantId { get; init; }
    [Id(1)] public required SessionState State { get; init; }
    [Id(2)] public required string WaitingFor { get; init; }
    [Id(3)] public int? QueuePosition { get; init; }
    [Id(4)] public DateTimeOffset? NextTryAt { get; init; }
    [Id(5)] public ImmutableArray<WorkerFit> Workers { get; init; } = [];
    [Id(6)] public ImmutableArray<TargetLockView> Locks { get; init; } = [];
    [Id(7)] public ImmutableArray<ApprovalId> Approvals { get; init; } = [];
#pragma warning restore CS1591
}

/// <summary>A target that another session holds.</summary>
[GenerateSerializer, Alias("cavra.target-lock-view"), Immutable]
public sealed record TargetLockView(string Target, SessionId HeldBySession);
