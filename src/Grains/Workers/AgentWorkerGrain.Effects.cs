using System.Collections.Immutable;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Workers;

/// <summary>What follows from events: channel, sessions, dispatchers and directory are told. One-way calls only.</summary>
internal sealed partial class AgentWorkerGrain
{
    /// <summary>Most dispatchers remembered as waiting; one more is not told and finds out by asking again.</summary>
    private const int WaitingLimit = 10_000;

    /// <summary>Every fourth heartbeat the directory hears of the worker anew, which heals lost one-way messages.</summary>
    private const int HeartbeatsPerReport = 4;

    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private int _heartbeats;

    /// <summary>Decides and applies at once; decisions that need the store first are carried out in the background.</summary>
    private WorkerDecision Observe(WorkerCommand command)
    {
        var decision = WorkerMachine.Decide(_status, command, timing);
        if (decision.Events.Any(e => e.IsDecision))
        {
            Take(decision.Events.RemoveAll(e => e.IsDecision));
            _ = Leave();
        }
        else if (decision.Events.Length > 0)
        {
            Take(decision.Events);
        }

        return decision;
    }

    private void Take(ImmutableArray<WorkerEvent> events)
    {
        var before = _status;
        var report = false;
        foreach (var e in events)
        {
            var held = e is WorkerEvent.PlaceReleased released ? _status.Held.GetValueOrDefault(released.Assignment) : null;
            _status = WorkerMachine.Apply(_status, e);
            report |= React(e, held);
        }

        if (report) Report();
        if (events.Any(e => e.IsStored && !e.IsDecision)) _ = SaveObserved();
        if (_waiting.Count > 0 && WorkerMachine.Unavailable(_status) is null) TellWaiting();
        if (!ReferenceEquals(before, _status)) ArmFor(events);
    }

    /// <summary>Carries out what one event asks for; true when the directory has to know.</summary>
    private bool React(WorkerEvent e, HeldPlace? released)
    {
        switch (e)
        {
            case WorkerEvent.PlaceReleased when released?.DispatchKey is { } key:
                if (!_waiting.Contains(key)) _ = GrainFactory.GetGrain<IDispatch>(key).WorkerLoad(_id, _status.Held.Count);
                return false;
            case WorkerEvent.SessionsLost:
                LogSessionsLost(_id, _status.Held.Count);
                TellAll(lost: true);
                return false;
            case WorkerEvent.SessionsBack:
                TellAll(lost: false);
                return false;
            case WorkerEvent.ChannelLost:
                Hang("the channel is lost");
                return true;
            case WorkerEvent.Unregistered:
                Hang("unregistered");
                return true;
            case WorkerEvent.WentOffline:
                LogOffline(_id, _status.Held.Count);
                return true;
            case WorkerEvent.PlaceTaken or WorkerEvent.PlaceUsed or WorkerEvent.PlaceReleased or WorkerEvent.RunningChanged:
            case WorkerEvent.HeartbeatTaken or WorkerEvent.SeenAgain or WorkerEvent.ChannelSeen or WorkerEvent.LeaveWasAsked:
                return false;
            default:
                return true;
        }
    }

    private void TellAll(bool lost)
    {
        // In an order that does not hang on the process's string hashes.
        foreach (var place in _status.Held.Values.OrderBy(p => p.Session.Value)) Tell(place.Session, place.Assignment, lost);
    }

    private void Tell(SessionId session, AssignmentId assignment, bool lost) =>
        _ = Quietly(GrainFactory.GetGrain<IExecutionSession>(session.Value).WorkerChanged(_id, assignment, lost));

    private void Await(string dispatchKey)
    {
        if (_waiting.Count < WaitingLimit) _waiting.Add(dispatchKey);
    }

    private void TellWaiting()
    {
        foreach (var key in _waiting) _ = Quietly(GrainFactory.GetGrain<IDispatch>(key).WorkerLoad(_id, _status.Held.Count));
        _waiting.Clear();
    }

    private void Report()
    {
        if (WorkerProjection.View(_id, _status, timing) is { } view)
            _ = Quietly(GrainFactory.GetGrain<IWorkerDirectory>(WorkerDirectoryGrain.Key).Changed(view));
    }

    private void Hang(string reason)
    {
        if (_channel is not { } channel) return;
        _channel = null;
        _ = Quietly(channel.Close(reason));
    }

    private void Send(IAgentChannel channel, SessionFrame frame)
    {
        var sending = channel.Send(frame);
        if (!sending.IsCompletedSuccessfully) _ = Watch(sending, _status.Channel?.ChannelId);
    }

    /// <summary>A channel that cannot take a frame is gone; the session sends again when the worker is back.</summary>
    private async Task Watch(Task sending, string? channelId)
    {
        try
        {
            await sending;
        }
        catch (Exception e)
        {
            LogChannelFailed(e, _id);
            if (channelId is not null) Observe(new WorkerCommand.CloseChannel(channelId, Now()));
        }
    }

    /// <summary>For calls whose failure changes nothing here: the other side is gone, or is told again later.</summary>
    private async Task Quietly(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception e)
        {
            LogTellFailed(e, _id);
        }
    }
}
