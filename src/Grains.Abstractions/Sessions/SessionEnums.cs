using System.Text.Json.Serialization;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

/// <summary>The states of spec 2.1.</summary>
[GenerateSerializer, Alias("cavra.session-state")]
[JsonConverter(typeof(SnakeCaseEnumConverter<SessionState>))]
public enum SessionState
{
    /// <summary>Waits for a worker.</summary>
    Queued,

    /// <summary>A worker was chosen; its ACK and pre-flight are awaited.</summary>
    AssigningWorker,

    /// <summary>A gate is open.</summary>
    WaitingForApproval,

    /// <summary>Steps run.</summary>
    Executing,

    /// <summary>Waits for an operator's directive.</summary>
    Paused,

    /// <summary>Rollback commands run.</summary>
    Rollback,

    /// <summary>Ended well.</summary>
    Completed,

    /// <summary>Ended badly; <see cref="SessionReason"/> says why.</summary>
    Failed,

    /// <summary>Ended by an operator or a backout.</summary>
    Cancelled,
}

/// <summary>Why a session is where it is (contract details, "Codes").</summary>
[GenerateSerializer, Alias("cavra.session-reason")]
[JsonConverter(typeof(SnakeCaseEnumConverter<SessionReason>))]
public enum SessionReason
{
    /// <summary>No worker after the last attempt, or the queue timeout.</summary>
    FailedAssignment,

    /// <summary>The last attempt's pre-flight failed.</summary>
    PreflightFailed,

    /// <summary>A step failed.</summary>
    StepFailed,

    /// <summary>An approval was rejected.</summary>
    Rejected,

    /// <summary>The worker was lost while it held the session.</summary>
    WorkerLost,

    /// <summary>Policy refused a step at run time.</summary>
    PolicyDenied,

    /// <summary>The rollback ran to its end.</summary>
    RolledBack,

    /// <summary>A rollback command failed.</summary>
    RollbackFailed,

    /// <summary>An operator cancelled.</summary>
    CancelledByOperator,

    /// <summary>The installation backed out (spec 8.3).</summary>
    Backout,

    /// <summary>A limit of time ran out.</summary>
    TimedOut,
}

/// <summary>The states of a step, spec 2.1.</summary>
[GenerateSerializer, Alias("cavra.step-state")]
[JsonConverter(typeof(SnakeCaseEnumConverter<StepState>))]
public enum StepState
{
    /// <summary>Not reached yet.</summary>
    Pending,

    /// <summary>Its gate is open.</summary>
    AwaitingApproval,

    /// <summary>Its gate was decided in favour.</summary>
    Approved,

    /// <summary>Sent to the worker.</summary>
    Running,

    /// <summary>Ended as expected.</summary>
    Succeeded,

    /// <summary>Ended otherwise, or its outcome is unknown.</summary>
    Failed,

    /// <summary>Its rollback ran well.</summary>
    RolledBack,
}

/// <summary>Why a step failed (contract details, "Codes").</summary>
[GenerateSerializer, Alias("cavra.step-reason")]
[JsonConverter(typeof(SnakeCaseEnumConverter<StepReason>))]
public enum StepReason
{
    /// <summary>Another exit code than expected.</summary>
    ExitCode,

    /// <summary>Ran longer than its timeout; its process tree was killed.</summary>
    Timeout,

    /// <summary>Output did not match <c>expect</c>.</summary>
    ExpectationFailed,

    /// <summary>The worker was lost; what happened is unknown.</summary>
    WorkerLost,

    /// <summary>Policy refused it.</summary>
    PolicyDenied,

    /// <summary>What should run is not what was approved.</summary>
    DigestMismatch,

    /// <summary>Stopped by a cancel.</summary>
    Cancelled,

    /// <summary>The sandbox could not be provided.</summary>
    SandboxError,

    /// <summary>A credential could not be had.</summary>
    CredentialError,

    /// <summary>Its approval was rejected.</summary>
    Rejected,
}

/// <summary>What is known of a step's effect.</summary>
[GenerateSerializer, Alias("cavra.step-outcome")]
[JsonConverter(typeof(SnakeCaseEnumConverter<StepOutcome>))]
public enum StepOutcome
{
    /// <summary>It did its work.</summary>
    Succeeded,

    /// <summary>It ran and failed.</summary>
    Failed,

    /// <summary>It may or may not have run.</summary>
    Unknown,

    /// <summary>It did not run.</summary>
    NotRun,
}

/// <summary>The part of a runbook that a step belongs to.</summary>
[GenerateSerializer, Alias("cavra.step-phase")]
[JsonConverter(typeof(SnakeCaseEnumConverter<StepPhase>))]
public enum StepPhase
{
    /// <summary>Before the work.</summary>
    Precheck,

    /// <summary>The work.</summary>
    Main,

    /// <summary>After the work.</summary>
    Postcheck,
}

/// <summary>How much a step can harm.</summary>
[GenerateSerializer, Alias("cavra.blast-radius")]
[JsonConverter(typeof(SnakeCaseEnumConverter<BlastRadius>))]
public enum BlastRadius
{
    /// <summary>One process or file.</summary>
    Low,

    /// <summary>One service.</summary>
    Medium,

    /// <summary>More than that; two keys (spec 4.2).</summary>
    High,
}

/// <summary>Which steps wait for a human, spec 4.1.</summary>
[GenerateSerializer, Alias("cavra.validation-mode")]
[JsonConverter(typeof(SnakeCaseEnumConverter<ValidationMode>))]
public enum ValidationMode
{
    /// <summary>Every step.</summary>
    PerStep,

    /// <summary>Once before each phase.</summary>
    PerPhase,

    /// <summary>Critical steps, and steps that do not meet auto-approval.</summary>
    CriticalOnly,

    /// <summary>Once after the last step.</summary>
    FinalOnly,
}

/// <summary>The profiles of spec 5.1.</summary>
[GenerateSerializer, Alias("cavra.environment-profile")]
[JsonConverter(typeof(KebabCaseEnumConverter<EnvironmentProfile>))]
public enum EnvironmentProfile
{
    /// <summary>Production, strictest.</summary>
    ProdCritical,

    /// <summary>Production.</summary>
    ProdStandard,

    /// <summary>Staging.</summary>
    StagingStandard,

    /// <summary>Development.</summary>
    DevFlex,
}

/// <summary>Where a session acts; follows from the profile.</summary>
[GenerateSerializer, Alias("cavra.environment")]
[JsonConverter(typeof(SnakeCaseEnumConverter<TargetEnvironment>))]
public enum TargetEnvironment
{
    /// <summary>Development.</summary>
    Dev,

    /// <summary>Staging.</summary>
    Staging,

    /// <summary>Production.</summary>
    Prod,
}

/// <summary>How the session reaches its worker.</summary>
[GenerateSerializer, Alias("cavra.transport-channel")]
[JsonConverter(typeof(SnakeCaseEnumConverter<TransportChannel>))]
public enum TransportChannel
{
    /// <summary>A grain client (Orleans build).</summary>
    Grain,

    /// <summary>mTLS WebSocket.</summary>
    Websocket,

    /// <summary>The engine inside the host (spec 8.1, flag off).</summary>
    InProcess,
}

/// <summary>What follows a failed step.</summary>
[GenerateSerializer, Alias("cavra.on-failure")]
[JsonConverter(typeof(SnakeCaseEnumConverter<OnFailure>))]
public enum OnFailure
{
    /// <summary>Roll back, then end as failed.</summary>
    Rollback,

    /// <summary>Wait for a directive.</summary>
    Pause,

    /// <summary>End as failed.</summary>
    Fail,
}

/// <summary>An operator's answer to a paused session, spec 4.3.</summary>
[GenerateSerializer, Alias("cavra.directive")]
[JsonConverter(typeof(SnakeCaseEnumConverter<DirectiveKind>))]
public enum DirectiveKind
{
    /// <summary>Run the failed or rejected step again: new attempt, new approval.</summary>
    Retry,

    /// <summary>Roll back what ran.</summary>
    Rollback,

    /// <summary>End as cancelled.</summary>
    Cancel,

    /// <summary>Go on with the next step.</summary>
    Resume,
}
