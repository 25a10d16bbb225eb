using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Workers;

/// <summary>The states of spec 2.1.</summary>
[GenerateSerializer, Alias("cavra.worker-state")]
[JsonConverter(typeof(SnakeCaseEnumConverter<WorkerState>))]
public enum WorkerState
{
    /// <summary>Has room, holds nothing.</summary>
    Idle,

    /// <summary>Holds a session that does not run a step yet.</summary>
    Assigned,

    /// <summary>Runs a step.</summary>
    Executing,

    /// <summary>Reported a fault of its own.</summary>
    Errored,

    /// <summary>Silent for too long, or unregistered.</summary>
    Offline,

    /// <summary>Finishes what it has, takes nothing new.</summary>
    Draining,
}

/// <summary>
/// A registered worker node; the key is its id (spec 2.3). Reentrant: it calls no session and waits for none; sessions and dispatchers call it.
/// </summary>
[Alias("cavra.IAgentWorker")]
public interface IAgentWorker : IGrainWithStringKey
{
    /// <summary>Registers, or updates what is registered. Another certificate for the same id is refused (<c>worker_mismatch</c>, hazard B07).</summary>
    [Alias("Register")]
    Task<WorkerReply> Register(AgentRegistration registration);

    /// <summary>A sign of life; answers what the worker must stop.</summary>
    [Alias("Heartbeat")]
    Task<HeartbeatReply> Heartbeat(AgentHeartbeat heartbeat);

    /// <summary>The worker's channel is open; frames go down by the observer. A later channel replaces an earlier one.</summary>
    [Alias("OpenChannel")]
    Task<WorkerReply> OpenChannel(string channelId, IAgentChannel channel, TransportChannel transport);

    /// <summary>
    /// A pong, with the round trip in milliseconds. False when this is not the worker's channel (the grain began anew): the host opens it again.
    /// </summary>
    [Alias("ChannelAlive")]
    Task<bool> ChannelAlive(string channelId, int roundTripMs);

    /// <summary>The channel is gone; failover starts after the grace unless another opens.</summary>
    [Alias("CloseChannel"), OneWay]
    Task CloseChannel(string channelId, string reason);

    /// <summary>Keeps a place for a session until it is released; false, with the reason, when there is no room.</summary>
    [Alias("Reserve")]
    Task<ReserveReply> Reserve(Reservation reservation);

    /// <summary>Gives a place back. Repeats do no harm.</summary>
    [Alias("Release"), OneWay]
    Task Release(AssignmentId assignment);

    /// <summary>Gives a place back that was reserved and never used; one for which a frame went down stays.</summary>
    [Alias("GiveBack"), OneWay]
    Task GiveBack(AssignmentId assignment);

    /// <summary>Notes whether the assignment runs a step now (idle, assigned or executing follows).</summary>
    [Alias("MarkRunning"), OneWay]
    Task MarkRunning(AssignmentId assignment, bool running);

    /// <summary>
    /// Sends a frame down the channel. False when no channel is open: the session sends again when the worker is back. With a frame of an
    /// assignment that the worker did not know (orchestrator restart) the place is kept as by <see cref="Reserve"/>.
    /// </summary>
    [Alias("Deliver")]
    Task<bool> Deliver(SessionFrame frame);

    /// <summary>The worker as operators see it; null when it never registered.</summary>
    [Alias("View"), AlwaysInterleave]
    Task<WorkerView?> View();

    /// <summary>Finishes what it has, takes nothing new. Twice is a no-op.</summary>
    [Alias("Drain")]
    Task<WorkerReply> Drain(Actor actor, string reason);

    /// <summary>Takes work again.</summary>
    [Alias("Undrain")]
    Task<WorkerReply> Undrain(Actor actor, string reason);

    /// <summary>Leaves; refused with <c>worker_has_sessions</c> while it holds any.</summary>
    [Alias("Unregister")]
    Task<WorkerReply> Unregister();
}

/// <summary>The way down to a worker: held by the host that has its socket, or by the engine inside the host.</summary>
public interface IAgentChannel : IGrainObserver
{
    /// <summary>Queues a frame for the wire; never blocks. A full queue closes the channel.</summary>
    Task Send(SessionFrame frame);

    /// <summary>Closes the socket: replaced, unregistered, or shutting down.</summary>
    Task Close(string reason);
}

/// <summary>Body of <c>POST /api/v1/agent/register</c>, with what the certificate adds.</summary>
[GenerateSerializer, Alias("cavra.agent-registration"), Immutable]
public sealed record AgentRegistration
{
#pragma warning disable CS1591 // The contract documents each field under the same name.
    [Id(0)] public string? WorkerId { get; init; }
    [Id(1)] public required ImmutableArray<string> Capabilities { get; init; }
    [Id(2)] public required string NetworkSegment { get; init; }
    [Id(3)] public required ImmutableArray<TargetEnvironment> Environments { get; init; }
    [Id(4)] public int MaxConcurrency { get; init; } = 1;
    [Id(5)] public string? Version { get; init; }
    [Id(6)] public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    [Id(7)] public ImmutableArray<string> Sandbox { get; init; } = [];

    /// <summary>SHA-256 of the certificate's public key; set by the edge, never by the body.</summary>
    [Id(8), JsonIgnore] public string CertificateKey { get; init; } = "";

    /// <summary>Tenants that the certificate serves (empty: every tenant); set by the edge.</summary>
    [Id(9), JsonIgnore] public ImmutableArray<TenantId> Tenants { get; init; } = [];

    /// <summary>Whether this is the engine inside the host; set by the edge.</summary>
    [Id(10), JsonIgnore] public bool InProcess { get; init; }
}

/// <summary>Body of <c>POST /api/v1/agent/heartbeat</c>.</summary>
[GenerateSerializer, Alias("cavra.agent-heartbeat"), Immutable]
public sealed record AgentHeartbeat
{
    [Id(0)] public string? WorkerId { get; init; }
    [Id(1)] public WorkerState? State { get; init; }
    [Id(2)] public required int CurrentLoad { get; init; }
    [Id(3)] public ImmutableArray<HeldSession> Sessions { get; init; } = [];
}

/// <summary>A session that the worker believes it holds.</summary>
[GenerateSerializer, Alias("cavra.held-session"), Immutable]
public sealed record HeldSession(SessionId SessionId, AssignmentId AssignmentId);

/// <summary>Answer of heartbeat; a null state means not registered.</summary>
[GenerateSerializer, Alias("cavra.heartbeat-reply"), Immutable]
public sealed record HeartbeatReply(WorkerState? State, ImmutableArray<AssignmentId> Revoked);

/// <summary>A worker command's end.</summary>
[GenerateSerializer, Alias("cavra.worker-reply"), Immutable]
public sealed record WorkerReply(WorkerView? View, Refusal? Refusal = null);

/// <summary>A place asked for.</summary>
[GenerateSerializer, Alias("cavra.reservation"), Immutable]
public sealed record Reservation(SessionId Session, TenantId Tenant, AssignmentId Assignment, string DispatchKey);

/// <summary>Whether the place was given; else the rule that refused (<c>full</c>, <c>draining</c>, <c>offline</c>, <c>no_channel</c>, ...).</summary>
[GenerateSerializer, Alias("cavra.reserve-reply"), Immutable]
public sealed record ReserveReply(bool Reserved, TransportChannel Transport, int CurrentLoad, string? Rule);

/// <summary>The worker of the contract (details, "Answer shapes").</summary>
[GenerateSerializer, Alias("cavra.worker-view"), Immutable]
public sealed record WorkerView
{
    [Id(0)] public required WorkerId WorkerId { get; init; }
    [Id(1)] public required WorkerState State { get; init; }
    [Id(2)] public string? Reason { get; init; }
    [Id(3)] public ImmutableArray<string> Capabilities { get; init; } = [];
    [Id(4)] public ImmutableArray<TargetEnvironment> Environments { get; init; } = [];
    [Id(5)] public string NetworkSegment { get; init; } = "any";
    [Id(6)] public int MaxConcurrency { get; init; } = 1;
    [Id(7)] public int CurrentLoad { get; init; }
    [Id(8)] public ImmutableArray<SessionId> Sessions { get; init; } = [];
    [Id(9)] public DateTimeOffset? LastHeartbeatAt { get; init; }
    [Id(10)] public DateTimeOffset? RegisteredAt { get; init; }
    [Id(11)] public string? Version { get; init; }
    [Id(12)] public TransportChannel? Transport { get; init; }
    [Id(13)] public ImmutableArray<string> Sandbox { get; init; } = [];
    [Id(14)] public ImmutableArray<WorkerAssignmentView> Assignments { get; init; } = [];
    [Id(15)] public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    [Id(16)] public int? RoundTripMs { get; init; }

    /// <summary>Tenants served; empty means all. Not on the wire.</summary>
    [Id(17), JsonIgnore] public ImmutableArray<TenantId> Tenants { get; init; } = [];

    /// <summary>Whether this is the engine inside the host. Not on the wire.</summary>
    [Id(18), JsonIgnore] public bool InProcess { get; init; }

    /// <summary>When it last went errored or offline. Not on the wire.</summary>
    [Id(19), JsonIgnore] public DateTimeOffset? LastBadAt { get; init; }

    /// <summary>False after it left. Not on the wire.</summary>
    [Id(20), JsonIgnore] public bool Registered { get; init; } = true;
}

/// <summary>An assignment in a worker's view.</summary>
[GenerateSerializer, Alias("cavra.worker-assignment-view"), Immutable]
public sealed record WorkerAssignmentView(AssignmentId AssignmentId, SessionId SessionId, bool Running);
#pragma warning restore CS1591
