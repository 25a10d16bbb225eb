using System.Collections.Immutable;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Sandbox;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>Checks before a session starts on this worker (spec 2.2, point 4), so that it fails here and not in the middle.</summary>
internal sealed class Preflight(MachineControls machine, ImmutableArray<string> capabilities, IStepPolicy policy, WritablePaths paths, WorkFolders folders)
{
    internal ImmutableArray<PreflightCheck> Run(AssignFrame frame, ImmutableArray<PlannedStep> steps)
    {
        var checks = ImmutableArray.CreateBuilder<PreflightCheck>();
        checks.Add(WorkFolder());
        checks.Add(Capabilities(frame));
        foreach (var name in steps.Select(step => step.SandboxProfile).Append(frame.SandboxProfile).Distinct(StringComparer.Ordinal))
            checks.AddRange(Profile(name));
        checks.Add(First("commands", steps, step => Command(frame, step)));
        checks.Add(First("writable", steps, step => step.Writable.Select(paths.Refusal).FirstOrDefault(refusal => refusal is not null)));
        checks.Add(First("network", steps, Network));
        return checks.DrainToImmutable();
    }

    private static PreflightCheck First(string name, ImmutableArray<PlannedStep> steps, Func<PlannedStep, string?> refusal)
    {
        foreach (var step in steps)
            if (refusal(step) is { } why)
                return new PreflightCheck(name, false, $"step {step.Number}: {why}");
        return new PreflightCheck(name, true, null);
    }

    private PreflightCheck WorkFolder()
    {
        try
        {
            folders.Try();
            return new PreflightCheck("work_folder", true, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new PreflightCheck("work_folder", false, error.Message);
        }
    }

    private PreflightCheck Capabilities(AssignFrame frame)
    {
        var missing = frame.WorkerRequirements.Capabilities.Except(capabilities, StringComparer.Ordinal).ToList();
        return new PreflightCheck("capabilities", missing.Count == 0, missing.Count == 0 ? null : "missing: " + string.Join(", ", missing));
    }

    private IEnumerable<PreflightCheck> Profile(string name)
    {
        if (SandboxProfile.Find(name) is not { } profile)
            return [new PreflightCheck("sandbox.profile", false, $"unknown sandbox profile {name}")];
        return machine.Check(profile).Select(check => new PreflightCheck(
            "sandbox." + check.Name, check.Ok || !check.Required, check.Ok ? check.Detail : check.Detail + (check.Required ? "" : " (not demanded)")));
    }

    private string? Command(AssignFrame frame, PlannedStep step) =>
        policy.Refusal(frame, step, isRollback: false) ?? (step.Rollback is null ? null : policy.Refusal(frame, step, isRollback: true));

    private static string? Network(PlannedStep step) =>
        step.Network.IsEmpty || SandboxProfile.Find(step.SandboxProfile) is not { AllowsHostNetwork: false }
            ? null
            : $"profile {step.SandboxProfile} gives no step the network";
}
