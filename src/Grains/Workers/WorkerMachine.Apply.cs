using System.Collections.Immutable;

namespace Cavra.Actors.Workers;

/// <summary>How events change a worker. Total: an event that no longer fits changes nothing it should not.</summary>
internal static partial class WorkerMachine
{
    public static WorkerStatus Apply(WorkerStatus status, ImmutableArray<WorkerEvent> events)
    {
        foreach (var e in events) status = Apply(status, e);
        return status;
    }

    public static WorkerStatus Apply(WorkerStatus status, WorkerEvent e) => e switch
    {
        WorkerEvent.Registered registered => Registered(status, registered),
        WorkerEvent.HeartbeatTaken taken => status with { SignOfLifeAt = taken.At, LastHeartbeatAt = taken.At },
        WorkerEvent.SeenAgain seen => status with { SignOfLifeAt = seen.At },
        WorkerEvent.WentOffline offline => status with { Silent = true, LastBadAt = offline.At, GraceEndsAt = null },
        WorkerEvent.CameBack back => status with { Silent = false, LastBadAt = back.At },
        WorkerEvent.Faulted faulted => status with { Faulty = true, LastBadAt = faulted.At },
        WorkerEvent.FaultEnded ended => status with { Faulty = false, LastBadAt = ended.At },
        WorkerEvent.ChannelOpened opened => status with { Channel = new(opened.ChannelId, opened.Transport, opened.At), GraceEndsAt = null },
        WorkerEvent.ChannelSeen seen => status.Channel is null ? status : status with { Channel = status.Channel with { AliveAt = seen.At, RoundTripMs = seen.RoundTripMs } },
        WorkerEvent.ChannelLost lost => status with { Channel = null, GraceEndsAt = lost.GraceEndsAt },
        WorkerEvent.SessionsLost => status with { SessionsToldLost = true, GraceEndsAt = null },
        WorkerEvent.SessionsBack => status with { SessionsToldLost = false },
        WorkerEvent.PlaceTaken taken => status with { Held = status.Held.SetItem(taken.Place.Assignment, taken.Place) },
        WorkerEvent.PlaceUsed used => status.Held.TryGetValue(used.Assignment, out var place)
            ? status with { Held = status.Held.SetItem(used.Assignment, place with { Used = true }) }
            : status,
        WorkerEvent.PlaceReleased released => Released(status, released),
        WorkerEvent.RunningChanged changed => RunningChanged(status, changed),
        WorkerEvent.DrainStarted drain => status with { DrainReason = drain.Reason },
        WorkerEvent.DrainEnded => status with { DrainReason = null, LeaveAsked = false },
        WorkerEvent.LeaveWasAsked => status with { LeaveAsked = true },
        WorkerEvent.Unregistered => status with
        {
            Registered = false,
            DrainReason = null,
            LeaveAsked = false,
            Faulty = false,
            Channel = null,
            GraceEndsAt = null,
            SessionsToldLost = false,
        },
        _ => throw new InvalidOperationException($"no rule for {e.GetType().Name}"),
    };

    private static WorkerStatus Registered(WorkerStatus status, WorkerEvent.Registered e) => status with
    {
        Registration = e.Registration,
        Registered = true,
        RegisteredAt = status.Registered ? status.RegisteredAt : e.At,
        DrainReason = status.DrainReason == OwnDrain ? null : status.DrainReason,
        LeaveAsked = status.DrainReason != OwnDrain && status.LeaveAsked,
        LastBadAt = status.Registered && (status.Silent || status.Faulty) ? e.At : status.LastBadAt,
        Silent = false,
        Faulty = false,
        SignOfLifeAt = e.At,
    };

    private static WorkerStatus Released(WorkerStatus status, WorkerEvent.PlaceReleased e)
    {
        if (!status.Held.TryGetValue(e.Assignment, out var place)) return status;
        var held = status.Held.Remove(e.Assignment);
        var none = held.Count == 0;
        return status with
        {
            Held = held,
            RunningCount = status.RunningCount - (place.Running ? 1 : 0),
            GraceEndsAt = none ? null : status.GraceEndsAt,
            SessionsToldLost = !none && status.SessionsToldLost,
        };
    }

    private static WorkerStatus RunningChanged(WorkerStatus status, WorkerEvent.RunningChanged e) =>
        status.Held.TryGetValue(e.Assignment, out var place) && place.Running != e.Running
            ? status with
            {
                Held = status.Held.SetItem(e.Assignment, place with { Running = e.Running, Used = true }),
                RunningCount = status.RunningCount + (e.Running ? 1 : -1),
            }
            : status;
}
