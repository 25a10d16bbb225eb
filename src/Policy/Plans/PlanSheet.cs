using System.Collections.Immutable;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>One line of the rollback plan.</summary>
public sealed record RollbackPlanLine(int StepNumber, StepCommand Command);

/// <summary>Readings of a plan for the preview (contract: <c>rollback_plan</c>, <c>point_of_no_return</c>).</summary>
public static class PlanSheet
{
    /// <summary>The rollback commands in the order in which they would run: last step first.</summary>
    public static ImmutableArray<RollbackPlanLine> RollbackPlan(SessionPlan plan) =>
        [.. plan.Steps.Reverse().Where(s => s.Rollback is not null).Select(s => new RollbackPlanLine(s.Number, s.Rollback!.Command))];

    /// <summary>The gate that decides a step, the last to open when there are several; null when it has none.</summary>
    public static PlannedGate? GateOf(SessionPlan plan, int stepNumber) => plan.Gates.LastOrDefault(g => g.StepNumbers.Contains(stepNumber));

    /// <summary>What the plan does and where it waits, one plain sentence per line.</summary>
    public static ImmutableArray<string> Describe(SessionPlan plan)
    {
        var lines = ImmutableArray.CreateBuilder<string>();
        foreach (var step in plan.Steps)
        {
            lines.AddRange(plan.Gates.Where(g => g.BeforeStep == step.Number).Select(Sentence));
            lines.Add($"Step {step.Number}, {step.Name}: {step.Decision.Reason}");
            if (step.Number == plan.PointOfNoReturn)
                lines.Add($"Step {step.Number} is the point of no return: it cannot be undone.");
        }

        lines.AddRange(plan.Gates.Where(g => g.BeforeStep > plan.Steps.Length).Select(Sentence));
        return lines.ToImmutable();
    }

    private static string Sentence(PlannedGate gate)
    {
        var steps = gate.StepNumbers.Length == 1 ? $"step {gate.StepNumbers[0]}" : $"steps {gate.StepNumbers[0]} to {gate.StepNumbers[^1]}";
        return gate.Automatic ? $"Before {steps}: opens by itself. {gate.Rules[0].Reason}" : $"Waits for {gate.Quorum} on {steps}. {gate.Rules[0].Reason}";
    }
}
