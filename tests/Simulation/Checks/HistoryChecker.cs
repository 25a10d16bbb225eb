using Cavra.Actors.Approvals;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Simulation;

/// <summary>The invariants of HAZARDS over what is written, checked at each commit.</summary>
internal sealed class HistoryChecker(RunContext run)
{
    private readonly Dictionary<string, long> _liveByTicket = [];

    /// <summary>Before a commit takes effect: what must hold of it alone.</summary>
    public void Appending(StoredSession session, SessionCommit commit)
    {
        if (session.State is { Ended: true }) run.Violated("I4", $"session {session.Id} ended as {session.State.State}, then {commit.Events[0].EventType}");
        var previous = session.Events.Count == 0 ? EventChain.Genesis(commit.Tenant, commit.Session) : session.Events[^1].Hash;
        var next = session.LastSeq;
        foreach (var stored in commit.Events)
        {
            if (stored.EventId != ++next) run.Violated("I3", $"session {session.Id}: event {stored.EventId} stands where {next} belongs");
            previous = EventChain.Next(previous, stored);
            if (!previous.AsSpan().SequenceEqual(stored.Hash.AsSpan())) run.Violated("I3", $"session {session.Id}: the chain breaks at event {stored.EventId}");
        }
    }

    /// <summary>After it.</summary>
    public void Appended(StoredSession session, SessionCommit commit)
    {
        var state = session.State!;
        var fresh = session.Happened.Skip((int)commit.ExpectedSeq).ToArray();
        run.Note($"session {session.Id}", $"{string.Join(", ", commit.Events.Select(Words))} -> {state.State} #{Convert.ToHexStringLower(commit.Events[^1].Hash.AsSpan(0, 3))}");
        OneLive(session);
        if (commit.Row.State != state.State) run.Violated("I8", $"session {session.Id}: row says {commit.Row.State}, events say {state.State}");
        if (fresh.Any(e => e is MovingEvent { To: not null }) && commit.Audit.IsEmpty) run.Violated("I8", $"session {session.Id}: {fresh[0].Type} has no audit row");
        Fences(session);
        ResultsOnce(session, fresh);
        Fits(state);
        foreach (var happened in fresh) SituationsOfEvents.Look(run, session, happened);
    }

    public void Changed(ApprovalTaskView? before, ApprovalTaskView after, IReadOnlyList<AuditEntry> audit)
    {
        var id = after.Request.ApprovalId;
        if (before is { State: not (ApprovalState.Pending or ApprovalState.Notified) }) run.Violated("I4", $"approval {id} was {before.State}, then {after.State}");
        if (before is not null && before.Request.Digest != after.Request.Digest) run.Violated("I2", $"approval {id} changed what it is bound to");
        if (before?.State != after.State && audit.Count == 0) run.Violated("I8", $"approval {id} became {after.State} without an audit row");
        if (after.State == ApprovalState.Approved && after.Votes.Any(v => v.By == after.Request.RequestedBy)) run.Violated("I2", $"approval {id} has the requester's own vote");
    }

    public void Changed(WorkerRecord record, IReadOnlyList<AuditEntry> audit)
    {
        if (audit.Count == 0) run.Violated("I8", $"worker {record.WorkerId} became {record.State} without an audit row");
        if (record.State == WorkerState.Offline) run.Reach(Situation.WorkerOffline);
    }

    private static string Words(StoredEvent stored) => stored.StepNumber is { } step ? $"{stored.EventType}({step})" : stored.EventType;

    /// <summary>I1.</summary>
    private void OneLive(StoredSession session)
    {
        var ticket = session.Static.TicketId;
        if (!session.State!.Ended)
        {
            if (_liveByTicket.TryGetValue(ticket, out var other) && other != session.Id.Value) run.Violated("I1", $"{ticket}: sessions {other} and {session.Id} are both live");
            _liveByTicket[ticket] = session.Id.Value;
        }
        else if (_liveByTicket.GetValueOrDefault(ticket) == session.Id.Value)
        {
            _liveByTicket.Remove(ticket);
        }
    }

    /// <summary>I6: fences rise by one.</summary>
    private void Fences(StoredSession session)
    {
        var fence = 0;
        foreach (var assigned in session.Happened.OfType<SessionAssigned>())
            if (assigned.Attempt != ++fence) run.Violated("I6", $"session {session.Id}: fence {assigned.Attempt} follows {fence - 1}");
    }

    /// <summary>I5: a run ends once.</summary>
    private void ResultsOnce(StoredSession session, SessionEvent[] fresh)
    {
        foreach (var end in fresh.OfType<RunEnded>())
        {
            if (end is RollbackCompleted or StepFailed { Reason: StepReason.PolicyDenied or StepReason.Rejected }) continue;
            var same = session.Happened.OfType<RunEnded>().Count(e => e is not RollbackCompleted && e.Step == end.Step && e.Attempt == end.Attempt);
            if (same > 1) run.Violated("I5", $"session {session.Id}: step {end.Step} attempt {end.Attempt} ended {same} times");
        }
    }

    private void Fits(Session session)
    {
        Must(session.Approvals.Count(a => a.Open) <= 1, "more than one open gate");
        Must((session.OpenApproval is not null) == (session.State == SessionState.WaitingForApproval), "open gate and state differ");
        Must((session.Rollback is not null) == (session.State == SessionState.Rollback), "rollback and state differ");
        Must(session.Run is null || session.State is SessionState.Executing or SessionState.Rollback, "a run in a state without runs");
        Must(!session.Ended || session.Placement.Kind == PlacementKind.None, "ended and still placed");
        Must(session.Ended || session.State == SessionState.Paused || SessionMachine.NextDeadline(session) is not null, "nothing to wake it");

        void Must(bool holds, string what)
        {
            if (!holds) run.Violated("state", $"session {session.Id} {session.State}: {what}");
        }
    }
}
