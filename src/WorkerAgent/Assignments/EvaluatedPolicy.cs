using Cavra.Actors.Plans;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>
/// Judges by the worker's own policy data (ARCHITECTURE section 4: the worker evaluates again before it executes), and holds to the decision in the plan as
/// well: whichever denies, nothing runs. An approval does not help against a deny.
/// </summary>
public sealed class EvaluatedPolicy(PolicyDataSource data) : IStepPolicy
{
    /// <inheritdoc/>
    public string? Refusal(AssignFrame assignment, PlannedStep step, bool isRollback)
    {
        var planned = isRollback ? step.RollbackDecision ?? step.Decision : step.Decision;
        if (planned.Verdict == Verdict.Deny)
            return planned.Reason;
        var question = isRollback ? PolicyQuestion.OfRollback(step, assignment.EnvironmentProfile) : PolicyQuestion.Of(step, assignment.EnvironmentProfile);
        if (question is null)
            return $"step {step.Number} has no rollback";
        var decision = PolicyEvaluator.Evaluate(question, data.Current);
        return decision.Verdict == Verdict.Deny ? decision.Reason : null;
    }
}

/// <summary>The step digest of the plan compiler, computed again from what the assignment brought.</summary>
public sealed class RecomputedDigest : IStepDigest
{
    /// <inheritdoc/>
    public string? Compute(AssignFrame assignment, PlannedStep step, bool isRollback)
    {
        if (assignment.RunbookId is null || assignment.RunbookDigest is null)
            return null;
        var origin = new StepOrigin(assignment.RunbookId, assignment.RunbookVersion, assignment.RunbookDigest, assignment.EnvironmentProfile);
        return isRollback ? StepDigest.OfRollback(step, origin) : StepDigest.Of(step, origin);
    }
}
