using Cavra.Actors.Plans;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Execution;
using Cavra.Actors.WorkerAgent.Sandbox;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>Decides whether a command is exactly the planned and approved one, and what it runs as.</summary>
internal sealed class CommandCheck(IStepPolicy policy, IStepDigest digests, WritablePaths paths)
{
    private const int LongestTimeoutSeconds = 24 * 3600;

    /// <returns>The run, or how it ends without having run.</returns>
    internal (StepRun? Run, StepEnd? Refused) Judge(AssignFrame assignment, PlannedStep? step, CommandFrame command, string workFolder)
    {
        if (step is null)
            return (null, StepEnd.NotRun(StepReason.DigestMismatch, $"the plan has no step {command.StepNumber}"));
        if (Mismatch(assignment, step, command) is { } mismatch)
            return (null, StepEnd.NotRun(StepReason.DigestMismatch, mismatch));
        if (policy.Refusal(assignment, step, command.IsRollback) is { } denied)
            return (null, StepEnd.NotRun(StepReason.PolicyDenied, denied));
        if (SandboxProfile.Find(step.SandboxProfile) is not { } profile)
            return (null, StepEnd.NotRun(StepReason.SandboxError, $"unknown sandbox profile {step.SandboxProfile}"));
        if (step.Writable.Select(paths.Refusal).FirstOrDefault(refusal => refusal is not null) is { } refusal)
            return (null, StepEnd.NotRun(StepReason.SandboxError, $"writable: {refusal}"));
        if (command.TimeoutS is < 1 or > LongestTimeoutSeconds)
            return (null, StepEnd.NotRun(StepReason.DigestMismatch, $"timeout of {command.TimeoutS} s"));
        return (Build(step, command, profile, workFolder), null);
    }

    private string? Mismatch(AssignFrame assignment, PlannedStep step, CommandFrame command)
    {
        var planned = command.IsRollback ? step.Rollback?.Command : step.Command;
        var digest = command.IsRollback ? step.RollbackDigest : step.Digest;
        if (planned is null)
            return $"step {step.Number} has no rollback";
        if (!planned.Equals(command.Command))
            return "the command is not the planned one";
        if (!string.Equals(digest, command.Digest, StringComparison.OrdinalIgnoreCase))
            return "the digest is not the planned one";
        return string.Equals(digests.Compute(assignment, step, command.IsRollback), command.Digest, StringComparison.OrdinalIgnoreCase)
            ? TokenMismatch(assignment, step, command)
            : "the digest does not fit what would run";
    }

    /// <summary>An approval names one run of one step of one session; on anything else it is void (hazard C01).</summary>
    private static string? TokenMismatch(AssignFrame assignment, PlannedStep step, CommandFrame command)
    {
        if (command.ApprovalToken is not { } token)
            return null;
        var expected = ApprovalBinding.Token(assignment.TenantId, assignment.SessionId, step.Number, command.Attempt, step.Digest, step.Decision.Revision);
        return string.Equals(token, expected, StringComparison.Ordinal) ? null : "the approval is not for this run of this step";
    }

    private static StepRun Build(PlannedStep step, CommandFrame command, SandboxProfile profile, string workFolder) => new()
    {
        Command = command.Command,
        Profile = profile,
        WorkFolder = workFolder,
        Cwd = step.WorkingDirectory,
        Timeout = TimeSpan.FromSeconds(command.TimeoutS),
        Writable = step.Writable,
        Network = step.Network,
        Expect = command.IsRollback ? new StepExpectation(0, null) : step.Expect,
    };
}
