using System.Collections.Immutable;
using System.Globalization;

namespace Cavra.Actors.Workers;

/// <summary>Places: who may hold one, and how it ends.</summary>
internal static partial class WorkerMachine
{
    /// <summary>Why no place can be had now, as a rule and its detail; null when one can.</summary>
    public static (string Rule, string Detail)? Unavailable(WorkerStatus status)
    {
        if (!status.Registered) return ("offline", "not registered");
        if (status.Silent) return ("offline", "no heartbeat");
        if (status.Faulty) return ("errored", "the worker reported a fault of its own");
        if (status.Draining) return ("draining", status.DrainReason!);
        if (status.Channel is null) return ("no_channel", "no channel is open to the worker");
        return status.HasRoom ? null : ("full", string.Create(CultureInfo.InvariantCulture, $"holds {status.Held.Count} of {status.Registration!.MaxConcurrency} sessions"));
    }

    private static WorkerDecision Reserve(WorkerStatus status, WorkerCommand.Reserve command)
    {
        var wanted = command.Place;
        if (status.Held.ContainsKey(wanted.Assignment)) return WorkerDecision.NoOp;
        var earlier = Earlier(status, wanted.Session);
        var without = earlier is null ? status : status with { Held = status.Held.Remove(earlier.Assignment) };
        if (Unavailable(without) is var (rule, detail)) return WorkerDecision.Refused(rule, detail);
        var taken = new WorkerEvent.PlaceTaken(new HeldPlace(wanted.Assignment, wanted.Session, wanted.DispatchKey, command.Now));
        return earlier is null ? WorkerDecision.Of(taken) : WorkerDecision.Of(new WorkerEvent.PlaceReleased(earlier.Assignment), taken);
    }

    private static WorkerDecision Use(WorkerStatus status, WorkerCommand.Use command, WorkerTiming timing)
    {
        if (!status.Registered) return NotRegistered();
        if (command.Ends) return WorkerDecision.NoOp;
        if (status.Held.TryGetValue(command.Assignment, out var held))
            return held.Used ? WorkerDecision.NoOp : WorkerDecision.Of(new WorkerEvent.PlaceUsed(command.Assignment));

        // The session's commit is the truth: after a restart of the orchestrator the place is kept, even past the limit.
        var events = ImmutableArray.CreateBuilder<WorkerEvent>(3);
        var earlier = Earlier(status, command.Session);
        if (earlier is not null) events.Add(new WorkerEvent.PlaceReleased(earlier.Assignment));
        events.Add(new WorkerEvent.PlaceTaken(new HeldPlace(command.Assignment, command.Session, null, command.Now, Used: true)));

        // A session never waits without end for a worker whose channel does not open.
        var alone = status.Held.Count == (earlier is null ? 0 : 1);
        if (status.Channel is null && (alone || status is { GraceEndsAt: null, SessionsToldLost: false })) events.Add(new WorkerEvent.ChannelLost(command.Now + timing.OfflineAfter));
        return new(events.DrainToImmutable(), null);
    }

    private static WorkerDecision Release(WorkerStatus status, WorkerCommand.Release command)
    {
        if (!status.Held.TryGetValue(command.Assignment, out var place) || (command.OnlyUnused && place.Used)) return WorkerDecision.NoOp;
        var released = new WorkerEvent.PlaceReleased(command.Assignment);
        return status is { LeaveAsked: true, Held.Count: 1 }
            ? WorkerDecision.Of(released, new WorkerEvent.Unregistered(command.Now))
            : WorkerDecision.Of(released);
    }

    /// <summary>A session holds one place at a worker: a new fence ends the one before.</summary>
    private static HeldPlace? Earlier(WorkerStatus status, Identity.SessionId session)
    {
        foreach (var place in status.Held.Values)
        {
            if (place.Session == session) return place;
        }

        return null;
    }

    private static WorkerDecision Tick(WorkerStatus status, WorkerCommand.Tick command, WorkerTiming timing)
    {
        var now = command.Now;
        if (Due(status, timing) is not { } due || due > now) return WorkerDecision.NoOp;
        var events = ImmutableArray.CreateBuilder<WorkerEvent>();
        foreach (var place in status.Held.Values)
        {
            if (!place.Used && place.ReservedAt + timing.ReservationTimeout <= now) events.Add(new WorkerEvent.PlaceReleased(place.Assignment));
        }

        var left = status.Held.Count - events.Count;
        var told = status.SessionsToldLost || left == 0;
        if (WatchedChannelDue(status, timing) <= now) events.Add(new WorkerEvent.ChannelLost(told ? null : now + timing.FailoverGrace));
        if (SilenceDue(status, timing) <= now) events.Add(new WorkerEvent.WentOffline(now));
        else if (!(status.GraceEndsAt <= now)) told = true;
        if (!told) events.Add(new WorkerEvent.SessionsLost());
        if (status.LeaveAsked && left == 0) events.Add(new WorkerEvent.Unregistered(now));
        return new(events.DrainToImmutable(), null);
    }

    /// <summary>The earliest instant at which <see cref="WorkerCommand.Tick"/> does something; null when only commands can.</summary>
    public static DateTimeOffset? Due(WorkerStatus status, WorkerTiming timing)
    {
        var due = SilenceDue(status, timing);
        due = Sooner(due, WatchedChannelDue(status, timing));
        due = Sooner(due, status.GraceEndsAt);
        foreach (var place in status.Held.Values)
        {
            if (!place.Used) due = Sooner(due, place.ReservedAt + timing.ReservationTimeout);
        }

        return due;
    }

    private static DateTimeOffset? SilenceDue(WorkerStatus status, WorkerTiming timing) =>
        status is { Registered: true, Silent: false } ? status.SignOfLifeAt + timing.OfflineAfter : null;

    private static DateTimeOffset? WatchedChannelDue(WorkerStatus status, WorkerTiming timing) =>
        status.Channel is { Transport: not Sessions.TransportChannel.InProcess } channel ? channel.AliveAt + timing.ChannelSilence : null;

    private static DateTimeOffset? Sooner(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;
}
