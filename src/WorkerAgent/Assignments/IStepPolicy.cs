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
    /// <returns>SHA-256 (hex); null when it cannot be computed from what the assignment holds, and then nothing runs.</returns>
    string? Compute(AssignFrame assignment, PlannedStep step, bool isRollback);
}
