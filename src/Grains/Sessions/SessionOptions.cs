using System.Collections.Immutable;

namespace Cavra.Actors.Sessions;

/// <summary>The limits of time and number that a session keeps; the host binds them from its settings. Deadlines already given out stay as they are.</summary>
public sealed record SessionOptions
{
    /// <summary>Until when a chosen worker must say ACK (<c>CAVRA_ASSIGNMENT__ACK_TIMEOUT</c>); spec 2.3: 5 s.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the ACK until the pre-flight must be reported; 60 s.</summary>
    public TimeSpan PreflightTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Waits after the first, second, ... failed assignment (<c>CAVRA_ASSIGNMENT__BACKOFF</c>); the last one counts for all beyond. Spec 7.1: 5, 15, 45 s.</summary>
    public ImmutableArray<TimeSpan> AssignmentBackoff { get; init; } = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(45)];

    /// <summary>Assignment attempts before the session fails (<c>CAVRA_ASSIGNMENT__ATTEMPTS</c>); spec 7.1: 3.</summary>
    public int AssignmentAttempts { get; init; } = 3;

    /// <summary>How long a session waits for a worker that fits (<c>CAVRA_ASSIGNMENT__QUEUE_TIMEOUT</c>); 30 min.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>What a result may take beyond its step's timeout before the worker counts as out of reach; 30 s.</summary>
    public TimeSpan ResultSlack { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long stopping a running step may take; 30 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Approval SLA for prod (<c>CAVRA_APPROVALS__SLA__PROD</c>); spec 4.3: 10 min.</summary>
    public TimeSpan ApprovalSlaProd { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Approval SLA for staging (<c>CAVRA_APPROVALS__SLA__STAGING</c>); spec 4.3: 30 min.</summary>
    public TimeSpan ApprovalSlaStaging { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Approval SLA for dev (<c>CAVRA_APPROVALS__SLA__DEV</c>); spec 4.3: 30 min.</summary>
    public TimeSpan ApprovalSlaDev { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>What workers get after a restart or a database outage, before a deadline that they could not meet counts; 20 s.</summary>
    public TimeSpan RestartGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A wait shorter than this has no durable reminder (docs/adr/0003); 2 s.</summary>
    public TimeSpan ReminderAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Before an effect that failed (a frame, a grain call) is tried again; 1 s.</summary>
    public TimeSpan EffectRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a session that waits for a worker asks the dispatcher again; 1 min.</summary>
    public TimeSpan SearchRefresh { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The SLA of an environment.</summary>
    public TimeSpan ApprovalSla(TargetEnvironment environment) => environment switch
    {
        TargetEnvironment.Prod => ApprovalSlaProd,
        TargetEnvironment.Staging => ApprovalSlaStaging,
        _ => ApprovalSlaDev,
    };

    /// <summary>The wait after the n-th failed assignment (1, 2, ...).</summary>
    public TimeSpan Backoff(int failures) =>
        AssignmentBackoff.IsEmpty ? TimeSpan.Zero : AssignmentBackoff[Math.Clamp(failures, 1, AssignmentBackoff.Length) - 1];
}
