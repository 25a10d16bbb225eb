using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

/// <summary>What a worker's result means: its outcome, and the reason when it is not a good one.</summary>
internal sealed record RunVerdict(StepOutcome Outcome, StepReason? Reason)
{
    /// <summary>Judges a result; the worker's word is checked where the session can (the exit code that was expected).</summary>
    public static RunVerdict Of(StepResultFrame frame, PlannedStep step, bool isRollback)
    {
        var expected = isRollback ? 0 : step.Expect.ExitCode;
        return frame.Status switch
        {
            StepOutcome.Succeeded when frame.ExitCode is { } code && code != expected => new(StepOutcome.Failed, StepReason.ExitCode),
            StepOutcome.Succeeded => new(StepOutcome.Succeeded, null),
            StepOutcome.Unknown => new(StepOutcome.Unknown, StepReason.WorkerLost),
            StepOutcome.NotRun => new(StepOutcome.NotRun, frame.Reason ?? StepReason.SandboxError),
            _ => new(NeverRan(frame.Reason) ? StepOutcome.NotRun : StepOutcome.Failed, frame.Reason ?? StepReason.ExitCode),
        };
    }

    private static bool NeverRan(StepReason? reason) =>
        reason is StepReason.PolicyDenied or StepReason.DigestMismatch or StepReason.SandboxError or StepReason.CredentialError;
}
