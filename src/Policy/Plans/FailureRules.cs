using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>What follows a failure, and what a profile demands for it (details, "Session rules"; spec 5.1 and 7.2).</summary>
internal static class FailureRules
{
    /// <summary>
    /// What a failed step leads to. The step may override the environment's default, but where rollback is mandatory only towards more caution: rollback before pause
    /// before fail.
    /// </summary>
    public static OnFailure Resolve(RunbookStep step, ProfileRules profile)
    {
        var rollsBack = step.Rollback is not null && (step.RequiresRollback || profile.RollbackMandatory);
        var byDefault = rollsBack ? OnFailure.Rollback : profile.Environment == TargetEnvironment.Dev ? OnFailure.Fail : OnFailure.Pause;
        if (step.OnFailure is not { } wanted)
            return byDefault;
        return profile.RollbackMandatory && Caution(wanted) < Caution(byDefault) ? byDefault : wanted;
    }

    /// <summary>Retries after the first run: what the runbook says, else none for what destroys, one for idempotent checks, else none.</summary>
    public static int Retries(RunbookStep step, StepPhase phase, bool destructive) =>
        step.MaxRetries ?? (!destructive && phase != StepPhase.Main && step.Idempotent ? 1 : 0);

    /// <summary>
    /// Whether the profile wants a rollback that the step lacks. Checks before and after change nothing and are exempt while their blast radius is low
    /// and they destroy nothing.
    /// </summary>
    public static bool LacksRollback(RunbookStep step, StepPhase phase, bool destructive, ProfileRules profile) =>
        profile.RollbackMandatory && step.Rollback is null && !step.Irreversible
        && (phase == StepPhase.Main || destructive || step.BlastRadius != BlastRadius.Low);

    private static int Caution(OnFailure action) => action switch
    {
        OnFailure.Rollback => 2,
        OnFailure.Pause => 1,
        _ => 0,
    };
}
