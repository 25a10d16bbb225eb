using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>Where a step comes from; part of its digest.</summary>
/// <param name="RunbookId">The runbook.</param>
/// <param name="RunbookVersion">Its version.</param>
/// <param name="RunbookDigest">Digest of that version.</param>
/// <param name="Profile">The environment profile.</param>
public sealed record StepOrigin(string RunbookId, int RunbookVersion, string RunbookDigest, EnvironmentProfile Profile)
{
    /// <summary>The origin of a plan's steps.</summary>
    public static StepOrigin Of(SessionPlan plan) => new(plan.RunbookId, plan.RunbookVersion, plan.RunbookDigest, plan.EnvironmentProfile);
}

/// <summary>
/// SHA-256 over exactly what a step will run and under which rules (ARCHITECTURE section 3; hazards C01, C02). Compiler, session and worker compute it from
/// the same fields; any change of one of them gives another digest. Session and attempt are bound in by <see cref="ApprovalBinding"/>.
/// </summary>
public static class StepDigest
{
    private const string StepVersion = "cavra.step.v1";
    private const string RollbackVersion = "cavra.rollback.v1";
    private const string GateVersion = "cavra.gate.v1";

    /// <summary>The digest of a step. Its own <c>Digest</c> fields, retries and gates are not part of it.</summary>
    public static string Of(PlannedStep step, StepOrigin origin)
    {
        using var digest = new DigestWriter(StepVersion);
        WriteFrame(digest, step, origin);
        WriteCommand(digest, step.Command, step.TimeoutSeconds);
        digest.Number(step.Expect.ExitCode).Text(step.Expect.StdoutMatches);
        digest.Flag(step.Critical).Flag(step.Destructive).Flag(step.Idempotent).Flag(step.Irreversible).Flag(step.RequiresRollback).Number((int)step.OnFailure);
        digest.Flag(step.Rollback is not null);
        if (step.Rollback is { } rollback)
            WriteRollback(digest, rollback);
        return digest.Finish();
    }

    /// <summary>The digest of what its rollback runs, or null without one.</summary>
    public static string? OfRollback(PlannedStep step, StepOrigin origin)
    {
        if (step.Rollback is not { } rollback)
            return null;
        using var digest = new DigestWriter(RollbackVersion);
        WriteFrame(digest, step, origin);
        WriteRollback(digest, rollback);
        return digest.Finish();
    }

    /// <summary>The digest of a gate: its steps with their digests, in order.</summary>
    public static string OfGate(IReadOnlyCollection<PlannedStep> covered)
    {
        using var digest = new DigestWriter(GateVersion);
        return digest.List(covered, s => digest.Number(s.Number).Text(s.Digest)).Finish();
    }

    /// <summary>What step and rollback share: origin, sandbox and everything that they may touch.</summary>
    private static void WriteFrame(DigestWriter digest, PlannedStep step, StepOrigin origin)
    {
        digest.Text(origin.RunbookId).Number(origin.RunbookVersion).Text(origin.RunbookDigest).Number((int)origin.Profile);
        digest.Text(step.Decision.Revision).Text(step.SandboxProfile);
        digest.Number(step.Number).Text(step.Name).Number((int)step.Phase).Number((int)step.BlastRadius).Text(step.WorkingDirectory);
        digest.List(step.Credentials, c => digest.Text(c.Id).Text(c.Env).Number(c.TtlSeconds));
        digest.Texts(step.Writable).Texts(step.Network).Texts(step.Targets);
        digest.Number(step.ActionBudget?.PerSeconds).Number(step.ActionBudget?.Max);
    }

    private static void WriteCommand(DigestWriter digest, StepCommand command, int timeoutSeconds) =>
        digest.Flag(command.Shell).Texts(command.Argv).Number(timeoutSeconds);

    private static void WriteRollback(DigestWriter digest, RollbackAction rollback)
    {
        WriteCommand(digest, rollback.Command, rollback.TimeoutSeconds);
        digest.Texts(rollback.Conditions);
    }
}
