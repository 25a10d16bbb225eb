using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Workers;

/// <summary>What may happen to a worker. Time comes with the command.</summary>
internal abstract record WorkerCommand(DateTimeOffset Now)
{
    public sealed record Register(AgentRegistration Registration, DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record Heartbeat(AgentHeartbeat Body, DateTimeOffset Now) : WorkerCommand(Now);

    /// <summary>Time has passed: whatever is due by now happens.</summary>
    public sealed record Tick(DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record OpenChannel(string ChannelId, TransportChannel Transport, DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record ChannelAlive(string ChannelId, int RoundTripMs, DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record CloseChannel(string ChannelId, DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record Reserve(Reservation Place, DateTimeOffset Now) : WorkerCommand(Now);

    /// <summary>A frame is about to go down; <paramref name="Ends"/> for one that ends the worker's hold and keeps no place.</summary>
    public sealed record Use(SessionId Session, AssignmentId Assignment, bool Ends, DateTimeOffset Now) : WorkerCommand(Now);

    /// <summary>Gives a place back; with <paramref name="OnlyUnused"/> only if no frame went down for it.</summary>
    public sealed record Release(AssignmentId Assignment, bool OnlyUnused, DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record MarkRunning(AssignmentId Assignment, bool Running, DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record Drain(string Reason, DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record Undrain(DateTimeOffset Now) : WorkerCommand(Now);

    public sealed record Unregister(DateTimeOffset Now) : WorkerCommand(Now);
}
