using Cavra.Actors.Policy;

namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    /// <summary>The one place that says what comes next: a pause that was asked for, a gate, the end, a worker, or the next command.</summary>
    private static void GoOn(SessionTurn turn, bool dueNow = false)
    {
        while (true)
        {
            var session = turn.Session;
            if (session.PauseRequested is { } words)
            {
                turn.Emit(new SessionPaused { To = SessionState.Paused, Detail = words });
                return;
            }

            var next = NextStep(session);
            if (Gates.Next(session, next) is { } gate)
            {
                if (!OpenGate(turn, gate, null)) return;
                continue;
            }

            if (next > session.Steps.Length)
            {
                turn.Emit(new SessionCompleted { To = SessionState.Completed });
                return;
            }

            if (session.Plan.Steps[next - 1].Decision.Verdict == Verdict.Deny)
            {
                DenyStep(turn, next);
                return;
            }

            if (!session.Placement.Ready)
            {
                if (session.Placement.Kind is PlacementKind.None or PlacementKind.Held) Seek(turn);
                return;
            }

            if (!dueNow && session.Steps[next - 1].RetryAt > turn.Now) return;
            Dispatch(turn, next);
            return;
        }
    }

    /// <summary>The next step that is still to run, from the cursor on; one past the last when there is none.</summary>
    private static int NextStep(Session session)
    {
        for (var number = session.Cursor; number <= session.Steps.Length; number++)
            if (session.Steps[number - 1].IsAhead) return number;
        return session.Steps.Length + 1;
    }

    /// <summary>Makes the command durable; the shell sends it once it is.</summary>
    private static void Dispatch(SessionTurn turn, int number)
    {
        var session = turn.Session;
        var step = session.Plan.Steps[number - 1];
        var attempt = session.Steps[number - 1].Attempt;
        var approvals = Gates.Behind(session, number, attempt);
        turn.Emit(new PolicyDecided
        {
            Step = number,
            To = SessionState.Executing,
            Verdict = step.Decision.Verdict,
            Rules = step.Decision.Rules,
            Revision = step.Decision.Revision,
            Digest = step.Digest,
            Attempt = attempt,
            Approvals = approvals.IsEmpty ? null : approvals,
            AssignmentId = session.Placement.Assignment,
            ResultBy = turn.Now + TimeSpan.FromSeconds(step.TimeoutSeconds) + turn.Options.ResultSlack,
        });
    }

    private static void DenyStep(SessionTurn turn, int number)
    {
        var step = turn.Session.Plan.Steps[number - 1];
        var attempt = turn.Session.Steps[number - 1].Attempt;
        turn.Emit(new PolicyDecided
        {
            Step = number,
            To = SessionState.Executing,
            Verdict = Verdict.Deny,
            Rules = step.Decision.Rules,
            Revision = step.Decision.Revision,
            Digest = step.Digest,
            Attempt = attempt,
        });
        turn.Emit(new StepFailed { Step = number, Attempt = attempt, Outcome = StepOutcome.NotRun, Reason = StepReason.PolicyDenied, Detail = step.Decision.Reason });
        AfterFailure(turn, number, SessionReason.PolicyDenied);
    }

    /// <summary>Retries by the runbook's own rule, then what the step says for its failure (contract details, "Session rules").</summary>
    private static void AfterFailure(SessionTurn turn, int number, SessionReason reason)
    {
        var session = turn.Session;
        var step = session.Plan.Steps[number - 1];
        var progress = session.Steps[number - 1];
        if (progress.AutomaticRetries < step.MaxRetries && MayRetry(progress.Reason))
        {
            turn.Emit(new StepRetrying
            {
                Step = number,
                Attempt = progress.Attempt + 1,
                Reason = progress.Reason,
                Approval = Gates.NeedsHuman(step) ? RetryGate.Human : RetryGate.None,
                Automatic = true,
                NextTryAt = turn.Now + TimeSpan.FromSeconds(step.RetryBackoffSeconds),
            });
            GoOn(turn);
            return;
        }

        var targets = step.OnFailure == OnFailure.Rollback ? Rollbacks.OfFailure(session, number) : [];
        if (!targets.IsEmpty) StartRollback(turn, targets, AfterRollback.Fail, reason);
        else if (step.OnFailure == OnFailure.Fail || (step.OnFailure == OnFailure.Rollback && session.Plan.Environment == TargetEnvironment.Dev))
            turn.Emit(new SessionFailed { To = SessionState.Failed, Reason = reason, Detail = $"step {number} ({step.Name}) failed" });
        else turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = reason, Detail = $"step {number} ({step.Name}) failed" });
    }

    private static bool MayRetry(StepReason? reason) => reason is StepReason.ExitCode or StepReason.Timeout or StepReason.ExpectationFailed
        or StepReason.CredentialError or StepReason.SandboxError;
}
