using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>The worker's own judgement of a step, apart from what it was sent (spec 5.2: fail fast when a command violates policy).</summary>
public interface IStepPolicy
{
    /// <returns>Null when the step (or its rollback) may run here, else why not.</returns>
    string? Refusal(AssignFrame assignment, PlannedStep step, bool isRollback);
}

/// <summary>Recomputes the digest of exactly what will run.</summary>
public interface IStepDigest
{
    /// <returns>SHA-256 (hex); null when it cannot be computed from what the assignment holds.</returns>
    string? Compute(AssignFrame assignment, PlannedStep step, bool isRollback);
}

/// <summary>Holds to the decision in the plan: nothing that it denies runs. The evaluator over the worker's own policy data replaces it.</summary>
internal sealed class PlannedDecisionPolicy : IStepPolicy
{
    /// <inheritdoc/>
    public string? Refusal(AssignFrame assignment, PlannedStep step, bool isRollback)
    {
        var decision = isRollback ? step.RollbackDecision ?? step.Decision : step.Decision;
        return decision.Verdict == Verdict.Deny ? decision.Reason : null;
    }
}

/// <summary>Knows no digest: only the one in the plan is compared.</summary>
internal sealed class PlannedDigest : IStepDigest
{
    /// <inheritdoc/>
    public string? Compute(AssignFrame assignment, PlannedStep step, bool isRollback) => null;
}
