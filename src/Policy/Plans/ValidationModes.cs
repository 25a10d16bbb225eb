using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>Defaults and limits of validation modes (details, "Validation modes"; spec 4.1).</summary>
public static class ValidationModes
{
    /// <summary>The mode when none is asked for.</summary>
    public static ValidationMode Default(Runbook runbook, TargetEnvironment environment) =>
        environment == TargetEnvironment.Prod || Any(runbook, BlastRadius.High) ? ValidationMode.PerStep
        : environment == TargetEnvironment.Staging ? ValidationMode.PerPhase
        : ValidationMode.CriticalOnly;

    /// <summary>Why the mode is not allowed, or null.</summary>
    public static string? Problem(ValidationMode mode, Runbook runbook, TargetEnvironment environment) => (mode, environment) switch
    {
        (ValidationMode.CriticalOnly, TargetEnvironment.Prod) => "critical_only is not allowed in prod; use per_step or per_phase.",
        (ValidationMode.FinalOnly, TargetEnvironment.Prod) => "final_only is not allowed in prod; use per_step or per_phase.",
        (ValidationMode.PerPhase, TargetEnvironment.Prod) when Any(runbook, BlastRadius.High) => "per_phase is not allowed in prod with a step of high blast radius; use per_step.",
        (ValidationMode.FinalOnly, _) when Any(runbook, BlastRadius.High) || Any(runbook, BlastRadius.Medium) =>
            "final_only is allowed only when every step has low blast radius, because its steps run before anyone is asked.",
        _ => null,
    };

    private static bool Any(Runbook runbook, BlastRadius radius) => runbook.Numbered().Any(s => s.Step.BlastRadius == radius);
}
