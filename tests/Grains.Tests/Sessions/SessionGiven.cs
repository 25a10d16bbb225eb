using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>Plans and people for tests of sessions.</summary>
internal static class SessionGiven
{
    public static readonly DateTimeOffset T0 = new(2025, 11, 8, 13, 0, 0, TimeSpan.Zero);
    public static readonly SessionOptions Options = new();
    public static readonly TenantId Demo = new("demo");
    public static readonly SessionId Number = new(7);
    public static readonly WorkerId WorkerA = new("worker-a");
    public static readonly WorkerId WorkerB = new("worker-b");
    public static readonly Actor Operator = new() { Subject = "olga", Tenant = Demo, Roles = ["operator"] };

    public static PlannedStep Step(int number, Func<PlannedStep, PlannedStep>? change = null)
    {
        var step = new PlannedStep
        {
            Number = number,
            Name = $"step {number}",
            Phase = StepPhase.Main,
            Command = new() { Argv = ["/bin/echo", $"{number}"] },
            TimeoutSeconds = 60,
            OnFailure = OnFailure.Fail,
            SandboxProfile = "dev-flex",
            Decision = Allowed,
            Digest = $"digest-{number}",
        };
        return change?.Invoke(step) ?? step;
    }

    public static PolicyDecision Allowed { get; } = new() { Verdict = Verdict.Allow, Rules = [new("scope.allow", "echo is on the list")], Reason = "allowed", Revision = "rev-1" };

    public static PolicyDecision Denied { get; } = new() { Verdict = Verdict.Deny, Rules = [new("scope.deny", "rm is not")], Reason = "denied", Revision = "rev-1" };

    /// <summary>The step can be taken back, and is when it fails.</summary>
    public static PlannedStep WithRollback(PlannedStep step) => step with
    {
        OnFailure = OnFailure.Rollback,
        RequiresRollback = true,
        Rollback = new(new() { Argv = ["/bin/echo", "back"] }, 30, ["failure"]),
        RollbackDecision = Allowed,
        RollbackDigest = $"back-{step.Number}",
    };

    public static SessionPlan Plan(params PlannedStep[] steps) => new()
    {
        Digest = "plan-1",
        RunbookId = "rb-test",
        RunbookVersion = 1,
        RunbookDigest = "rb-digest",
        Title = "A test",
        EnvironmentProfile = EnvironmentProfile.DevFlex,
        Environment = TargetEnvironment.Dev,
        ValidationMode = ValidationMode.CriticalOnly,
        SandboxProfile = "dev-flex",
        Requirements = new() { Capabilities = ["shell"] },
        Steps = [.. steps],
        PolicyRevision = "rev-1",
    };

    public static SessionPlan Steps(int count, Func<PlannedStep, PlannedStep>? change = null) => Plan([.. Enumerable.Range(1, count).Select(n => Step(n, change))]);

    public static SessionPlan In(this SessionPlan plan, TargetEnvironment environment) => plan with { Environment = environment };

    /// <summary>A human gate before each of the steps.</summary>
    public static SessionPlan GatedAt(this SessionPlan plan, params int[] steps) => plan with { Gates = [.. plan.Gates, .. steps.Select(n => Gate(n, [n]))] };

    public static SessionPlan AutomaticAt(this SessionPlan plan, params int[] steps) =>
        plan with { Gates = [.. plan.Gates, .. steps.Select(n => Gate(n, [n]) with { Automatic = true, Rules = [new("auto.confidence", "sure enough")] })] };

    public static SessionPlan GatedOver(this SessionPlan plan, int before, params int[] steps) => plan with { Gates = [.. plan.Gates, Gate(before, [.. steps])] };

    public static PlannedGate Gate(int before, ImmutableArray<int> steps) => new()
    {
        StepNumbers = steps,
        BeforeStep = before,
        Quorum = "1 of approver",
        Digest = "gate",
        Rules = [new("gate.per-step", "every step")],
    };
}
