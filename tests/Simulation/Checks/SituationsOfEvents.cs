using Cavra.Actors.Sessions;

namespace Cavra.Actors.Simulation;

/// <summary>Which rare situation an event is a sign of.</summary>
internal static class SituationsOfEvents
{
    public static void Look(RunContext run, StoredSession session, SessionEvent happened)
    {
        if (Of(session, happened) is { } situation) run.Reach(situation);
    }

    private static string? Of(StoredSession session, SessionEvent happened) => happened switch
    {
        SessionCompleted => Situation.Completed,
        SessionFailed { Reason: SessionReason.FailedAssignment } e => e.Detail?.Contains("no worker", StringComparison.Ordinal) == true ? Situation.QueueTimeout : Situation.FailedAssignment,
        SessionFailed => Situation.Failed,
        SessionCancelled => OfCancel(session),
        SessionAssignmentFailed { Reason: AssignmentFailure.NoAck } => Situation.NoAck,
        SessionAssignmentFailed { Reason: AssignmentFailure.Refused } => Situation.AssignmentRefused,
        SessionAssignmentFailed { Reason: AssignmentFailure.AssignmentError } => Situation.PreflightFailed,
        SessionPaused { Reason: null } => Situation.PausedByOperator,
        SessionResumed => Situation.Resumed,
        WorkerLost { Step: not null } => Situation.WorkerLostInStep,
        WorkerLost => Situation.WorkerLostBetween,
        WorkerRecovered { Outcome: not null } => Situation.LateOutcome,
        WorkerRecovered => Situation.WorkerRecovered,
        ApprovalResolved { Automatic: true } => Situation.AutoApproved,
        ApprovalResolved { Approved: true } => Situation.Approved,
        ApprovalResolved => Situation.Rejected,
        ApprovalExpired { Reason: "sla" } => Situation.ApprovalExpired,
        ApprovalExpired => Situation.ApprovalVoided,
        StepFailed { Reason: StepReason.Timeout } => Situation.StepTimedOut,
        StepFailed { Reason: StepReason.ExitCode } => Situation.StepFailed,
        StepRetrying => Situation.StepRetried,
        RollbackCompleted { Outcome: StepOutcome.Succeeded } => Situation.RolledBack,
        RollbackCompleted => Situation.RollbackFailed,
        SessionAssigned { Attempt: > 1 } when session.State!.State == SessionState.Rollback => Situation.RollbackMoved,
        _ => null,
    };

    private static string OfCancel(StoredSession session)
    {
        var from = session.Happened.OfType<MovingEvent>().Last(e => e.To == SessionState.Cancelled).From;
        return from switch
        {
            SessionState.Queued or SessionState.AssigningWorker => Situation.CancelWhileQueued,
            SessionState.WaitingForApproval => Situation.CancelWhileWaiting,
            SessionState.Executing => Situation.CancelWhileRunning,
            _ => Situation.Cancelled,
        };
    }
}
