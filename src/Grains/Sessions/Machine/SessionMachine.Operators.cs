using System.Collections.Immutable;

namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    private static Decision PauseNow(SessionTurn turn, PauseSession pause)
    {
        VoidGate(turn);
        turn.Emit(new SessionPaused { To = SessionState.Paused, Detail = pause.Reason });
        return turn.Done();
    }

    /// <summary>A running step is left to end; between steps (a retry's backoff) the pause is at once.</summary>
    private static Decision PauseAfterStep(SessionTurn turn, PauseSession pause)
    {
        if (turn.Session.Run is null) return PauseNow(turn, pause);
        if (turn.Session.PauseRequested is not null) return SessionTurn.NoOp("already_pausing");
        turn.Emit(new SessionDirective { Directive = "pause", Reason = pause.Reason, AfterStep = true });
        return turn.Done();
    }

    /// <summary>Ends now; what runs is killed by the worker, and its outcome stays unknown here because nothing may follow a terminal event.</summary>
    private static Decision Cancel(SessionTurn turn, CancelSession cancel)
    {
        VoidGate(turn);
        if (turn.Session.Run is { } run)
        {
            if (run.Key.IsRollback)
                turn.Emit(new RollbackCompleted { Step = run.Key.Step, Attempt = run.Key.Attempt, Outcome = StepOutcome.Unknown, Reason = StepReason.Cancelled });
            else turn.Emit(new StepFailed { Step = run.Key.Step, Attempt = run.Key.Attempt, Outcome = StepOutcome.Unknown, Reason = StepReason.Cancelled });
        }

        turn.Emit(new SessionCancelled
        {
            To = SessionState.Cancelled,
            Reason = cancel.Backout ? SessionReason.Backout : SessionReason.CancelledByOperator,
            Detail = cancel.Reason,
        });
        return turn.Done();
    }

    private static Decision Direct(SessionTurn turn, GiveDirective given)
    {
        var session = turn.Session;
        switch (given.Directive)
        {
            case DirectiveKind.Cancel:
                turn.Emit(new SessionDirective { Directive = "cancel", Reason = given.Reason });
                return Cancel(turn, new(given.Reason) { Actor = given.Actor });
            case DirectiveKind.Rollback:
                var targets = Rollbacks.OfAll(session);
                if (targets.IsEmpty) return SessionTurn.Refuse("nothing_to_roll_back", "no step that ran has a rollback");
                turn.Emit(new SessionDirective { Directive = "rollback", Reason = given.Reason });
                StartRollback(turn, targets, AfterRollback.Fail, session.Reason);
                return turn.Done();
            case DirectiveKind.Retry:
                return Retry(turn, given);
            default:
                turn.Emit(new SessionDirective { Directive = "resume", Reason = given.Reason });
                Resume(turn, Current(session) is { IsAhead: true } or null ? session.Cursor : session.Cursor + 1, given.Reason);
                return turn.Done();
        }
    }

    private static StepProgress? Current(Session session) => session.Cursor <= session.Steps.Length ? session.Steps[session.Cursor - 1] : null;

    /// <summary>
    /// Runs the failed or rejected step again. What a rollback took back before it is run again too, from its first step on: a step alone on top of
    /// undone ones would not be what was planned.
    /// </summary>
    private static Decision Retry(SessionTurn turn, GiveDirective given)
    {
        var session = turn.Session;
        var last = Math.Min(session.Cursor, session.Steps.Length);
        var again = ImmutableArray.CreateBuilder<int>();
        for (var number = last; number >= 1; number--)
        {
            var state = session.Steps[number - 1].State;
            if (state == StepState.RolledBack || (number == last && (state == StepState.Failed || RejectedAtEnd(session)))) again.Add(number);
        }

        if (again.Count == 0) return SessionTurn.Refuse("nothing_to_retry", "no step failed, was rejected or was rolled back; resume goes on");
        turn.Emit(new SessionDirective { Directive = "retry", Reason = given.Reason });
        foreach (var number in again)
        {
            var progress = turn.Session.Steps[number - 1];
            turn.Emit(new StepRetrying
            {
                Step = number,
                Attempt = progress.Attempt + 1,
                Reason = progress.Reason,
                Approval = ApprovalOfRetry(session.Plan.Steps[number - 1], progress),
                Automatic = false,
            });
        }

        Resume(turn, turn.Session.Cursor, given.Reason);
        return turn.Done();
    }

    /// <summary>A step that ran once needs a human above low blast (spec 7.2); one that was only rejected is asked for as planned.</summary>
    private static RetryGate ApprovalOfRetry(PlannedStep step, StepProgress progress) =>
        Gates.NeedsHuman(step) && (progress.Dispatched || progress.Gate == RetryGate.Human) ? RetryGate.Human : RetryGate.AsPlanned;

    /// <summary>The final gate was rejected: the last step runs again before it is asked once more.</summary>
    private static bool RejectedAtEnd(Session session) => session.Reason == SessionReason.Rejected && session.Cursor > session.Steps.Length;

    private static void Resume(SessionTurn turn, int next, string words)
    {
        turn.Emit(new SessionResumed
        {
            To = turn.Session.Placement.Ready ? SessionState.Executing : SessionState.Queued,
            NextStep = next,
            Detail = words,
        });

        // As at the start: first a worker that fits, then its gate. Who approves shall not wait for a machine that may never come.
        if (turn.Session.Placement.Kind == PlacementKind.None && NextStep(turn.Session) <= turn.Session.Steps.Length) Seek(turn);
        else GoOn(turn, dueNow: true);
    }

    private static Decision RollBackByHand(SessionTurn turn, RollBackSession asked)
    {
        var session = turn.Session;
        if (asked.StepNumber is { } number)
        {
            if (NoSuchStep(session, number) is { } none) return none;
            var running = session.Run?.Key.Step == number && session.Plan.Steps[number - 1].Rollback is not null;
            if (!running && !Rollbacks.Can(session, number))
                return SessionTurn.Refuse("nothing_to_roll_back", $"step {number} has not run, has no rollback, or was rolled back");
        }
        else if (session.Run is null && Rollbacks.OfAll(session).IsEmpty)
        {
            return SessionTurn.Refuse("nothing_to_roll_back", "no step that ran has a rollback");
        }

        if (session.Run is { Stop: not null }) return SessionTurn.NoOp("already_stopping");
        turn.Emit(new SessionDirective
        {
            Directive = "rollback",
            Reason = asked.Reason,
            RollbackStep = asked.StepNumber,
            StopBy = session.Run is null ? null : turn.Now + turn.Options.StopTimeout,
        });
        if (session.Run is null) AfterStop(turn, asked.StepNumber, lost: false);
        return turn.Done();
    }

    /// <summary>Nothing runs any more: the rollback that an operator asked for begins.</summary>
    private static void AfterStop(SessionTurn turn, int? only, bool lost)
    {
        var session = turn.Session;
        var targets = only is { } number ? Rollbacks.Can(session, number) ? [number] : [] : Rollbacks.OfAll(session);
        var then = lost || only is not null ? AfterRollback.Pause : AfterRollback.Fail;
        if (!targets.IsEmpty) StartRollback(turn, targets, then, lost ? SessionReason.WorkerLost : SessionReason.RolledBack);
        else turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = lost ? SessionReason.WorkerLost : null, Detail = "stopped; there was nothing to roll back" });
    }
}
