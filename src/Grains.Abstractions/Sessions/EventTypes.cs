namespace Cavra.Actors.Sessions;

/// <summary>The event names of the contract, section Events.</summary>
public static class EventTypes
{
#pragma warning disable CS1591 // Each name says itself; the contract is the documentation.
    public const string SessionCreated = "session.created";
    public const string SessionQueued = "session.queued";
    public const string SessionAssigned = "session.assigned";
    public const string SessionAssignmentFailed = "session.assignment_failed";
    public const string SessionPaused = "session.paused";
    public const string SessionResumed = "session.resumed";
    public const string SessionDirective = "session.directive";
    public const string SessionCompleted = "session.completed";
    public const string SessionFailed = "session.failed";
    public const string SessionCancelled = "session.cancelled";
    public const string ApprovalRequested = "approval.requested";
    public const string ApprovalNotified = "approval.notified";
    public const string ApprovalVote = "approval.vote";
    public const string ApprovalResolved = "approval.resolved";
    public const string ApprovalExpired = "approval.expired";
    public const string PolicyDecided = "policy.decided";
    public const string StepStarted = "execution.step.started";
    public const string StepOutput = "execution.step.output";
    public const string StepCompleted = "execution.step.completed";
    public const string StepFailed = "execution.step.failed";
    public const string StepRetrying = "execution.step.retrying";
    public const string RollbackStarted = "execution.rollback.started";
    public const string RollbackCompleted = "execution.rollback.completed";
    public const string WorkerLost = "worker.lost";
    public const string WorkerRecovered = "worker.recovered";
    public const string CredentialLeased = "credential.leased";
    public const string CredentialRevoked = "credential.revoked";
#pragma warning restore CS1591

    /// <summary>Whether the event is the last one of its session.</summary>
    public static bool IsFinal(string eventType) => eventType is SessionCompleted or SessionFailed or SessionCancelled;
}
