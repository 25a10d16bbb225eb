using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Workers;

/// <summary>All that is known of a worker. Immutable; <see cref="WorkerMachine"/> alone makes the next one.</summary>
internal sealed record WorkerStatus
{
    /// <summary>Nothing is known: it never registered.</summary>
    public static WorkerStatus None { get; } = new();

    // Durable.
    public AgentRegistration? Registration { get; init; }
    public bool Registered { get; init; }
    public DateTimeOffset? RegisteredAt { get; init; }
    public string? DrainReason { get; init; }
    public bool Silent { get; init; }
    public bool Faulty { get; init; }

    /// <summary>The last instant at which it was found errored or offline, or came back from it.</summary>
    public DateTimeOffset? LastBadAt { get; init; }

    // Memory only.

    /// <summary>Last heartbeat, registration or start of this activation: from here the silence is counted.</summary>
    public DateTimeOffset SignOfLifeAt { get; init; }
    public DateTimeOffset? LastHeartbeatAt { get; init; }
    public OpenedChannel? Channel { get; init; }

    /// <summary>When sessions are told that the worker is lost, unless a channel opens first.</summary>
    public DateTimeOffset? GraceEndsAt { get; init; }

    /// <summary>Whether the sessions that it holds were told that it is lost.</summary>
    public bool SessionsToldLost { get; init; }

    /// <summary>It asked to leave while it held sessions and leaves with the last of them.</summary>
    public bool LeaveAsked { get; init; }

    public ImmutableDictionary<AssignmentId, HeldPlace> Held { get; init; } = ImmutableDictionary<AssignmentId, HeldPlace>.Empty;
    public int RunningCount { get; init; }

    public bool Draining => DrainReason is not null;
    public bool HasRoom => Held.Count < (Registration?.MaxConcurrency ?? 0);

    /// <summary>The state of spec 2.1: what keeps it from working comes before what it does.</summary>
    public WorkerState State =>
        !Registered || Silent ? WorkerState.Offline
        : Faulty ? WorkerState.Errored
        : Draining ? WorkerState.Draining
        : RunningCount > 0 ? WorkerState.Executing
        : Held.Count > 0 ? WorkerState.Assigned
        : WorkerState.Idle;
}

/// <summary>The open way down to the worker.</summary>
internal sealed record OpenedChannel(string ChannelId, TransportChannel Transport, DateTimeOffset AliveAt, int? RoundTripMs = null);

/// <summary>A place that a session holds. Until a frame went down for it (<paramref name="Used"/>) it may expire.</summary>
internal sealed record HeldPlace(AssignmentId Assignment, SessionId Session, string? DispatchKey, DateTimeOffset ReservedAt, bool Used = false, bool Running = false);
