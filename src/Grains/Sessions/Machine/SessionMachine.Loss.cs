namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    private static Decision LoseWorker(SessionTurn turn, SessionInput.WorkerGone gone)
    {
        var session = turn.Session;
        if (session.Placement.Kind == PlacementKind.Offered) return FailAssignment(turn, AssignmentFailure.WorkerLost, "the worker was lost before it was ready", null);
        if (session.Run is not null)
        {
            LoseRun(turn, "lost", StepReason.WorkerLost, SessionReason.WorkerLost);
            return turn.Done();
        }

        if (session.Placement.Lost) return SessionTurn.NoOp("duplicate");
        var between = session.State == SessionState.Executing;
        turn.Emit(new WorkerLost { WorkerId = gone.Worker, AssignmentId = gone.Assignment, Reason = "lost", Fenced = between });
        if (between) turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = SessionReason.WorkerLost, Detail = "the worker was lost between steps" });
        return turn.Done();
    }

    private static Decision WelcomeBack(SessionTurn turn, SessionInput.WorkerBack back)
    {
        if (!turn.Session.Placement.Lost) return turn.Done();
        turn.Emit(new WorkerRecovered { WorkerId = back.Worker, AssignmentId = back.Assignment });
        return turn.Done();
    }

    /// <summary>
    /// The running command's outcome cannot be known: the assignment is fenced off, the step says so and is never silently run again; a rollback, where
    /// there is one, goes to another assignment; then a human confirms (spec 7.3).
    /// </summary>
    private static void LoseRun(SessionTurn turn, string how, StepReason stepReason, SessionReason reason)
    {
        var session = turn.Session;
        var run = session.Run!;
        var number = run.Key.Step;
        turn.Emit(new WorkerLost
        {
            Step = number,
            WorkerId = session.Placement.Worker!.Value,
            AssignmentId = run.Key.Assignment,
            Reason = how,
            Fenced = true,
        });
        if (run.Key.IsRollback)
        {
            turn.Emit(new RollbackCompleted { Step = number, Attempt = run.Key.Attempt, Outcome = StepOutcome.Unknown, Reason = stepReason });
            turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = SessionReason.RollbackFailed, Detail = $"what became of the rollback of step {number} is unknown" });
            return;
        }

        turn.Emit(new StepFailed
        {
            Step = number,
            Attempt = run.Key.Attempt,
            Outcome = StepOutcome.Unknown,
            Reason = stepReason,
            Detail = "what became of it is unknown",
        });
        if (run.Stop is { } stop)
        {
            AfterStop(turn, stop.RollbackStep, lost: true);
            return;
        }

        var step = session.Plan.Steps[number - 1];
        var targets = step.Rollback is not null || step.OnFailure == OnFailure.Rollback ? Rollbacks.OfFailure(turn.Session, number) : [];
        if (!targets.IsEmpty) StartRollback(turn, targets, AfterRollback.Pause, reason);
        else turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = reason, Detail = $"what became of step {number} is unknown" });
    }
}
