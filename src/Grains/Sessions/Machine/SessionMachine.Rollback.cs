using System.Collections.Immutable;
using Cavra.Actors.Policy;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    /// <summary>Begins to roll back; with a worker at hand the first command is decided in the same turn.</summary>
    private static void StartRollback(SessionTurn turn, ImmutableArray<int> steps, AfterRollback then, SessionReason? cause)
    {
        VoidGate(turn);
        NextRollback(turn, new(steps, then, cause));
    }

    private static void NextRollback(SessionTurn turn, RollbackProgress progress)
    {
        if (progress.Remaining.IsEmpty)
        {
            if (progress.Then == AfterRollback.Fail)
                turn.Emit(new SessionFailed { To = SessionState.Failed, Reason = SessionReason.RolledBack, Detail = "what ran was rolled back" });
            else turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = progress.Cause, Detail = "rolled back; waits for a directive" });
            return;
        }

        var number = progress.Remaining[0];
        var ready = turn.Session.Placement.Ready;
        var allowed = ready && DecideRollback(turn, number);
        turn.Emit(new RollbackStarted
        {
            Step = number,
            To = SessionState.Rollback,
            Reason = progress.Cause,
            Attempt = turn.Session.Steps[number - 1].RollbackAttempt + (allowed ? 0 : 1),
            StepNumbers = progress.Remaining,
            Then = progress.Then,
            Cause = progress.Cause,
        });
        if (!ready) Seek(turn);
        else if (!allowed) DenyRollback(turn, number);
    }

    /// <summary>A worker became ready for a rollback that had begun.</summary>
    private static void RunRollback(SessionTurn turn)
    {
        var number = turn.Session.Rollback!.Remaining[0];
        if (!DecideRollback(turn, number)) DenyRollback(turn, number);
    }

    /// <summary>Policy decides on the rollback command as on any other (hazard C13); without a decision it is denied.</summary>
    private static bool DecideRollback(SessionTurn turn, int number)
    {
        var session = turn.Session;
        var step = session.Plan.Steps[number - 1];
        var decision = step.RollbackDecision;
        var allowed = decision is { Verdict: not Verdict.Deny } && step.RollbackDigest is not null;
        turn.Emit(new PolicyDecided
        {
            Step = number,
            Verdict = allowed ? decision!.Verdict : Verdict.Deny,
            Rules = decision?.Rules ?? [],
            Revision = decision?.Revision ?? session.Plan.PolicyRevision,
            Digest = step.RollbackDigest ?? "",
            Attempt = session.Steps[number - 1].RollbackAttempt + 1,
            IsRollback = true,
            AssignmentId = allowed ? session.Placement.Assignment : null,
            ResultBy = allowed ? turn.Now + TimeSpan.FromSeconds(step.Rollback!.TimeoutSeconds) + turn.Options.ResultSlack : null,
        });
        return allowed;
    }

    private static void DenyRollback(SessionTurn turn, int number)
    {
        turn.Emit(new RollbackCompleted
        {
            Step = number,
            Attempt = turn.Session.Steps[number - 1].RollbackAttempt + 1,
            Outcome = StepOutcome.NotRun,
            Reason = StepReason.PolicyDenied,
            Detail = turn.Session.Plan.Steps[number - 1].RollbackDecision?.Reason ?? "there is no policy decision on this rollback",
        });
        turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = SessionReason.RollbackFailed, Detail = $"policy denied the rollback of step {number}" });
    }

    private static void RollbackResult(SessionTurn turn, StepResultFrame frame, RunVerdict verdict)
    {
        var number = frame.StepNumber;
        var progress = turn.Session.Rollback!;
        turn.Emit(new RollbackCompleted
        {
            Step = number,
            ExitCode = frame.ExitCode,
            ExecutionMs = frame.ExecutionMs,
            Attempt = frame.Attempt,
            Outcome = verdict.Outcome,
            Reason = verdict.Reason,
            CredentialIds = frame.CredentialIds.IsDefaultOrEmpty ? null : frame.CredentialIds,
            Truncated = frame.Truncated,
            Detail = frame.Detail,
        });
        if (verdict.Outcome == StepOutcome.Succeeded) NextRollback(turn, progress with { Remaining = turn.Session.Rollback!.Remaining });
        else turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = SessionReason.RollbackFailed, Detail = $"the rollback of step {number} failed" });
    }

    /// <summary>A rollback that finds no worker is not given up silently: a human decides.</summary>
    private static void AbandonRollback(SessionTurn turn, string detail) =>
        turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = SessionReason.RollbackFailed, Detail = "no worker for the rollback: " + detail });
}
