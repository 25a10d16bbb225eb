using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Sessions;

internal sealed partial class ExecutionSession
{
    /// <summary>Effects may lead to events and these to effects; more rounds than this in one turn would be a bug, and the timer goes on.</summary>
    private const int MostRounds = 16;

    private readonly Queue<(WorkerId Worker, AssignmentId Assignment, string Reason)> _departures = new();
    private readonly HashSet<ApprovalId> _closed = [];
    private (int Fence, DateTimeOffset At)? _acked;
    private int _assignSent;
    private RunKey? _commandSent;
    private RunKey? _stopSent;
    private ApprovalId? _opened;
    private AssignmentId? _markedRunning;
    private string? _withdrawFrom;
    private SessionInput? _workerNews;
    private DateTimeOffset _askAgainAt;
    private bool _retry;

    /// <summary>
    /// Makes the world match the state. Every effect is idempotent by a key from the state, so it may be repeated; what is remembered here only saves the
    /// repeat. What fails is tried again by the timer.
    /// </summary>
    private async Task Reconcile()
    {
        _retry = false;
        for (var round = 0; round < MostRounds && _session is { } session && !_suspect; round++)
            if (!await MakeItSo(session)) break;
        Arm();
    }

    /// <summary>
    /// What a worker's grain said last about its worker. It says so once, so it is kept until it could be taken over, over an outage of the store too.
    /// </summary>
    private async Task TakeWorkerNews()
    {
        if (_workerNews is { } news && await Refresh())
        {
            if (_session is null || SessionMachine.Decide(_session, news, Now("system")) is not Decision.Accepted accepted
                || await Commit(accepted.Session, accepted.Events, new()) == AppendOutcome.Committed)
            {
                _workerNews = null;
                if (news is SessionInput.WorkerBack back) Greet(back);
            }
        }

        await Reconcile();
    }

    /// <summary>A channel opened: what was sent down the old one may be lost, and who holds the session no more has to hear it.</summary>
    private void Greet(SessionInput.WorkerBack back)
    {
        if (_session is null) return;
        if (_session.IsCurrent(back.Worker, back.Assignment)) ForgetSent();
        else _departures.Enqueue((back.Worker, back.Assignment, "the assignment is over"));
    }

    /// <summary>True when an effect led to a new state and there may be more to do.</summary>
    private async ValueTask<bool> MakeItSo(Session session)
    {
        if (_departures.Count > 0) await SayGoodbye(session);
        if (_withdrawFrom is { } queue && await Attempt(() => GrainFactory.GetGrain<IDispatch>(queue).Withdraw(session.Id))) _withdrawFrom = null;
        if (!session.Approvals.IsEmpty) await CloseApprovals(session);
        if (session.Ended) return false;
        await MarkRunning(session);
        return session switch
        {
            { State: SessionState.WaitingForApproval } => await LookAtTask() && !ReferenceEquals(session, _session),
            { Placement.Kind: PlacementKind.Seeking } => await Seek(session),
            { Placement.Kind: PlacementKind.Offered } => await SendAssign(session),
            { Run: { } run } => await SendCommand(session, run),
            _ => false,
        };
    }

    private async ValueTask<bool> Seek(Session session)
    {
        if (session.Placement.NextTryAt > time.GetUtcNow()) return false;
        if (await Offer(session) is not { } offer) return false;
        if (SessionMachine.Decide(session, offer, Now("system")) is Decision.Accepted assigned
            && await Commit(assigned.Session, assigned.Events, new()) == AppendOutcome.Committed) return true;
        _withdrawFrom = SessionFrames.DispatchKey(session);
        _retry = true;
        return false;
    }

    /// <summary>The dispatcher's offer; null when the session has to wait, then a nudge follows.</summary>
    private async ValueTask<SessionInput.Offered?> Offer(Session session)
    {
        DispatchReply? reply = null;
        await Attempt(async () => reply = await GrainFactory.GetGrain<IDispatch>(SessionFrames.DispatchKey(session)).Request(SessionFrames.Request(session)));
        if (reply is { Worker: { } worker }) return new(worker, reply.Transport);
        _askAgainAt = time.GetUtcNow() + options.SearchRefresh;
        return null;
    }

    private async ValueTask<bool> SendAssign(Session session)
    {
        if (_assignSent == session.Placement.Fence) return false;
        if (await Deliver(session.Placement.Worker!.Value, SessionFrames.Assign(session, options))) _assignSent = session.Placement.Fence;
        return false;
    }

    private async ValueTask<bool> SendCommand(Session session, Run run)
    {
        var worker = session.Placement.Worker!.Value;
        if (_commandSent != run.Key && await Deliver(worker, SessionFrames.Command(session, run))) _commandSent = run.Key;
        if (run.Stop is { } stop && _stopSent != run.Key && await Deliver(worker, SessionFrames.Cancel(session, run.Key.Assignment, stop.Reason, run.Key.Step)))
            _stopSent = run.Key;
        return false;
    }

    private async ValueTask MarkRunning(Session session)
    {
        var running = session.Run is { } run ? run.Key.Assignment : (AssignmentId?)null;
        if (running == _markedRunning) return;
        var worker = session.Placement.Worker;
        if (_markedRunning is { } was && session.Placement.Assignment == was && worker is { } at) await Attempt(() => GrainFactory.GetGrain<IAgentWorker>(at.Value).MarkRunning(was, false));
        if (running is { } now && worker is { } on) await Attempt(() => GrainFactory.GetGrain<IAgentWorker>(on.Value).MarkRunning(now, true));
        _markedRunning = running;
    }

    /// <summary>Workers that do not hold the session any more are told, and their place is given back. What they do not hear now their next heartbeat tells them.</summary>
    private async ValueTask SayGoodbye(Session session)
    {
        for (var left = _departures.Count; left > 0; left--)
        {
            var (worker, assignment, reason) = _departures.Dequeue();
            var grain = GrainFactory.GetGrain<IAgentWorker>(worker.Value);
            if (!await Attempt(() => grain.Deliver(SessionFrames.Cancel(session, assignment, reason))) || !await Attempt(() => grain.Release(assignment)))
                _departures.Enqueue((worker, assignment, reason));
        }
    }

    /// <summary>Tasks that the session left undecided decide nothing any more.</summary>
    private async ValueTask CloseApprovals(Session session)
    {
        foreach (var approval in session.Approvals)
        {
            if (approval is not { State: ApprovalState.Expired, Reason: "voided" } || _closed.Contains(approval.Id)) continue;
            if (await Attempt(() => GrainFactory.GetGrain<IApprovalTask>(approval.Id.Value).Void($"session {session.Id} went on without it"))) _closed.Add(approval.Id);
        }
    }

    /// <summary>Opens the task of the open gate, or reads it, and takes over what it says. False when it cannot be asked.</summary>
    private async Task<bool> LookAtTask()
    {
        if (_session is not { State: SessionState.WaitingForApproval, OpenApproval: { } open } session) return true;
        var grain = GrainFactory.GetGrain<IApprovalTask>(open.Id.Value);
        ApprovalTaskView? task = null;
        var asked = await Attempt(async () =>
        {
            if (_opened == open.Id) task = await grain.View();
            task ??= await grain.Open(SessionFrames.Ask(session, open));
        });
        if (!asked || task is null) return false;
        _opened = open.Id;
        if (SessionMachine.Decide(session, new SessionInput.TaskSeen(task), Now("system")) is Decision.Accepted { Events.Count: > 0 } seen)
            return await Commit(seen.Session, seen.Events, new()) == AppendOutcome.Committed;
        return true;
    }

    private async ValueTask<bool> Deliver(WorkerId worker, Workers.Channel.SessionFrame frame)
    {
        var sent = false;
        await Attempt(async () => sent = await GrainFactory.GetGrain<IAgentWorker>(worker.Value).Deliver(frame));
        return sent;
    }

    /// <summary>An effect. One that fails is tried again by the timer: the state says that it is still due.</summary>
    private async ValueTask<bool> Attempt(Func<Task> effect)
    {
        try
        {
            await effect();
            return true;
        }
        catch (Exception e)
        {
            _retry = true;
            if (e is StoreUnavailableException) LogEffectPutOff(Id, e.Message);
            else LogEffectFailed(e, Id);
            return false;
        }
    }

    /// <summary>Notes what a commit took from a worker or the dispatcher, so that they are told.</summary>
    private void NoteDeparture(Session? before, Session after)
    {
        var was = before?.Placement ?? Placement.None;
        if (was.HasWorker && was.Assignment != after.Placement.Assignment)
            _departures.Enqueue((was.Worker!.Value, was.Assignment!.Value, after.Ended ? $"session {after.State}".ToLowerInvariant() : "the assignment is over"));
        else if (was.Kind == PlacementKind.Seeking && after.Placement.Kind == PlacementKind.None)
            _withdrawFrom = SessionFrames.DispatchKey(after);
    }

    private void ForgetSent()
    {
        _assignSent = 0;
        _commandSent = null;
        _stopSent = null;
    }

    /// <summary>A state read from the store: nothing is known of which effects were had, so all of them are due again.</summary>
    private void StartAfresh()
    {
        ForgetSent();
        _opened = null;
        _markedRunning = null;
        _acked = null;
        _closed.Clear();
        if (_session is not null) GiveGrace();
        var recent = _session is { } s && (!s.Ended || s.CompletedAt > time.GetUtcNow() - TimeSpan.FromHours(1));
        if (recent && _session!.Former is { Placement: { } former })
            _departures.Enqueue((former.Worker!.Value, former.Assignment!.Value, "the assignment is over"));
    }
}
