using System.Globalization;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>
/// Spec 4.2: a gate may open by itself when the stored runbook's confidence reaches the threshold, blast radius is at most medium and the environment is
/// dev or staging; never for critical steps and those that need two keys. Nothing a client sends plays a part (hazard C06).
/// </summary>
internal static class AutoApproval
{
    /// <summary>Rule id of a gate that opens by itself.</summary>
    public const string Rule = "auto.confidence";

    /// <summary>Why a human must decide, or null when the step meets auto-approval.</summary>
    public static RuleHit? Obstacle(PlannedStep planned, RunbookStep step, TargetEnvironment environment)
    {
        if (planned.Decision.TwoKey)
            return new RuleHit("gate.two-key", $"Step {planned.Number} needs two keys: {planned.Decision.Reason}");
        if (planned.Critical)
            return new RuleHit("gate.critical", $"Step {planned.Number} is critical; a human always decides it.");
        if (planned.Decision.Verdict == Verdict.RequireApproval)
            return planned.Decision.Rules[0];
        if (environment == TargetEnvironment.Prod)
            return new RuleHit("gate.prod", "In prod nothing is approved automatically.");
        if (planned.BlastRadius > BlastRadius.Medium)
            return new RuleHit("gate.high-blast", $"Step {planned.Number} has high blast radius.");
        return step.ConfidenceScore >= step.AutoApproveThreshold
            ? null
            : new RuleHit("gate.below-confidence", $"Step {planned.Number}: confidence {Text(step.ConfidenceScore)} is below the threshold {Text(step.AutoApproveThreshold)}.");
    }

    /// <summary>The rule by which a gate over these steps opens.</summary>
    public static RuleHit Reason(IEnumerable<(PlannedStep Planned, RunbookStep Step)> covered, TargetEnvironment environment)
    {
        var steps = covered.ToList();
        var least = steps.MinBy(s => s.Step.ConfidenceScore - s.Step.AutoApproveThreshold).Step;
        var name = environment.ToString().ToLowerInvariant();
        return new RuleHit(Rule, $"Approved automatically: confidence {Text(least.ConfidenceScore)} reaches the threshold {Text(least.AutoApproveThreshold)}, "
            + $"blast radius at most {steps.Max(s => s.Planned.BlastRadius).ToString().ToLowerInvariant()}, environment {name}.");
    }

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
