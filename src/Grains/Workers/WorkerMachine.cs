using System.Collections.Immutable;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Workers;

/// <summary>
/// The worker's rules (spec 2.3, 7.3; hazards B03, B04, B07, B09). Pure: no clock, no I/O. The table of docs/worker-states.md is made by walking it.
/// </summary>
internal static partial class WorkerMachine
{
    /// <summary>The reason of a drain that the worker itself asked for; registering again ends it.</summary>
    public const string OwnDrain = "the worker asked to drain";

    public static WorkerDecision Decide(WorkerStatus status, WorkerCommand command, WorkerTiming timing) => command switch
    {
        WorkerCommand.Register register => Register(status, register),
        WorkerCommand.Heartbeat heartbeat => Heartbeat(status, heartbeat),
        WorkerCommand.Tick tick => Tick(status, tick, timing),
        WorkerCommand.OpenChannel open => OpenChannel(status, open),
        WorkerCommand.ChannelAlive alive => status.Channel?.ChannelId == alive.ChannelId
            ? WorkerDecision.Of(new WorkerEvent.ChannelSeen(alive.RoundTripMs, alive.Now))
            : WorkerDecision.NoOp,
        WorkerCommand.CloseChannel close => status.Channel?.ChannelId == close.ChannelId
            ? WorkerDecision.Of(ChannelLost(status, close.Now, timing))
            : WorkerDecision.NoOp,
        WorkerCommand.Reserve reserve => Reserve(status, reserve),
        WorkerCommand.Use use => Use(status, use, timing),
        WorkerCommand.Release release => Release(status, release),
        WorkerCommand.MarkRunning mark => status.Held.TryGetValue(mark.Assignment, out var place) && place.Running != mark.Running
            ? WorkerDecision.Of(new WorkerEvent.RunningChanged(mark.Assignment, mark.Running))
            : WorkerDecision.NoOp,
        WorkerCommand.Drain drain => Drain(status, drain),
        WorkerCommand.Undrain => Undrain(status),
        WorkerCommand.Unregister unregister => Unregister(status, unregister),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    private static WorkerDecision Register(WorkerStatus status, WorkerCommand.Register command)
    {
        var known = status.Registration;
        if (status.Registered && known is not null && known.CertificateKey != command.Registration.CertificateKey)
        {
            // A silent worker without sessions may come back with a new key that the CA signed for its name; a live one keeps its place (B07).
            if (!status.Silent || status.Held.Count > 0)
                return WorkerDecision.Refused("worker_mismatch", "This worker id is registered with another certificate. Unregister that worker first, or enrol under another name.");
        }

        var same = status.Registered && !status.Silent && !status.Faulty && status.DrainReason != OwnDrain
            && known is not null && RegistrationComparison.Same(known, command.Registration);
        if (same) return WorkerDecision.Of(new WorkerEvent.SeenAgain(command.Now));
        var registered = new WorkerEvent.Registered(command.Registration, command.Now);
        return status is { Silent: true, Channel: not null, Held.Count: > 0 }
            ? WorkerDecision.Of(registered, new WorkerEvent.SessionsBack())
            : WorkerDecision.Of(registered);
    }

    private static WorkerDecision Heartbeat(WorkerStatus status, WorkerCommand.Heartbeat command)
    {
        if (!status.Registered) return NotRegistered();
        var events = ImmutableArray.CreateBuilder<WorkerEvent>(4);
        events.Add(new WorkerEvent.HeartbeatTaken(command.Now));
        var faulty = command.Body.State == WorkerState.Errored;
        if (faulty && !status.Faulty) events.Add(new WorkerEvent.Faulted(command.Now));
        if (!faulty && status.Faulty) events.Add(new WorkerEvent.FaultEnded(command.Now));
        if (status.Silent)
        {
            events.Add(new WorkerEvent.CameBack(command.Now));
            if (status.Channel is not null && status.Held.Count > 0) events.Add(new WorkerEvent.SessionsBack());
        }

        return new(events.DrainToImmutable(), null);
    }

    private static WorkerDecision OpenChannel(WorkerStatus status, WorkerCommand.OpenChannel command)
    {
        if (!status.Registered) return NotRegistered();
        if (status.Channel?.ChannelId == command.ChannelId) return WorkerDecision.NoOp;
        var opened = new WorkerEvent.ChannelOpened(command.ChannelId, command.Transport, command.Now);
        return status.Held.Count > 0 ? WorkerDecision.Of(opened, new WorkerEvent.SessionsBack()) : WorkerDecision.Of(opened);
    }

    private static WorkerEvent.ChannelLost ChannelLost(WorkerStatus status, DateTimeOffset now, WorkerTiming timing) =>
        new(status.Held.Count > 0 && !status.SessionsToldLost ? now + timing.FailoverGrace : null);

    private static WorkerDecision Drain(WorkerStatus status, WorkerCommand.Drain command)
    {
        if (!status.Registered) return NotRegistered();
        return status.Draining ? WorkerDecision.NoOp : WorkerDecision.Of(new WorkerEvent.DrainStarted(command.Reason));
    }

    private static WorkerDecision Undrain(WorkerStatus status)
    {
        if (!status.Registered) return NotRegistered();
        return status.Draining ? WorkerDecision.Of(new WorkerEvent.DrainEnded()) : WorkerDecision.NoOp;
    }

    private static WorkerDecision Unregister(WorkerStatus status, WorkerCommand.Unregister command)
    {
        if (!status.Registered) return WorkerDecision.NoOp;
        if (status.Held.Count == 0) return WorkerDecision.Of(new WorkerEvent.Unregistered(command.Now));
        var refusal = Refusal.Of("worker_has_sessions", $"The worker holds {status.Held.Count} session(s). Drain it and wait for them to end.");
        return new(status is { Draining: true, LeaveAsked: false } ? [new WorkerEvent.LeaveWasAsked()] : [], refusal);
    }

    private static WorkerDecision NotRegistered() =>
        WorkerDecision.Refused("worker_not_registered", "The worker is not registered. Register it first.");
}
