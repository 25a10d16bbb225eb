using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Workers;

/// <summary>What happened to a worker.</summary>
internal abstract record WorkerEvent
{
    /// <summary>Decided by someone: stored before it is applied and answered.</summary>
    public virtual bool IsDecision => false;

    /// <summary>Observed: applied at once and stored as soon as may be.</summary>
    public virtual bool IsStored => IsDecision;

    public sealed record Registered(AgentRegistration Registration, DateTimeOffset At) : WorkerEvent
    {
        public override bool IsDecision => true;
    }

    public sealed record HeartbeatTaken(DateTimeOffset At) : WorkerEvent;

    /// <summary>Registered again with the same things: a sign of life only.</summary>
    public sealed record SeenAgain(DateTimeOffset At) : WorkerEvent;

    public sealed record WentOffline(DateTimeOffset At) : WorkerEvent
    {
        public override bool IsStored => true;
    }

    public sealed record CameBack(DateTimeOffset At) : WorkerEvent
    {
        public override bool IsStored => true;
    }

    public sealed record Faulted(DateTimeOffset At) : WorkerEvent
    {
        public override bool IsStored => true;
    }

    public sealed record FaultEnded(DateTimeOffset At) : WorkerEvent
    {
        public override bool IsStored => true;
    }

    public sealed record ChannelOpened(string ChannelId, TransportChannel Transport, DateTimeOffset At) : WorkerEvent;

    public sealed record ChannelSeen(int RoundTripMs, DateTimeOffset At) : WorkerEvent;

    /// <summary>The channel is gone; with sessions held the grace begins.</summary>
    public sealed record ChannelLost(DateTimeOffset? GraceEndsAt) : WorkerEvent;

    /// <summary>The sessions it holds are to be told that it is lost.</summary>
    public sealed record SessionsLost : WorkerEvent;

    /// <summary>The sessions it holds are to be told that it is there (again), so that they send what it may have missed.</summary>
    public sealed record SessionsBack : WorkerEvent;

    public sealed record PlaceTaken(HeldPlace Place) : WorkerEvent;

    public sealed record PlaceUsed(AssignmentId Assignment) : WorkerEvent;

    public sealed record PlaceReleased(AssignmentId Assignment) : WorkerEvent;

    public sealed record RunningChanged(AssignmentId Assignment, bool Running) : WorkerEvent;

    public sealed record DrainStarted(string Reason) : WorkerEvent
    {
        public override bool IsDecision => true;
    }

    public sealed record DrainEnded : WorkerEvent
    {
        public override bool IsDecision => true;
    }

    public sealed record LeaveWasAsked : WorkerEvent;

    public sealed record Unregistered(DateTimeOffset At) : WorkerEvent
    {
        public override bool IsDecision => true;
    }
}
