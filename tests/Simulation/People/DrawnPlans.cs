using System.Collections.Immutable;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Simulation;

/// <summary>Plans of a few steps with gates, rollbacks, retries and timeouts, as the dice say.</summary>
internal static class DrawnPlans
{
    public static SessionPlan Draw(Dice dice, string name)
    {
        var count = dice.Between(1, 4);
        var steps = Enumerable.Range(1, count).Select(n => Step(dice, name, n)).ToImmutableArray();
        var gates = ImmutableArray.CreateBuilder<PlannedGate>();
        foreach (var step in steps)
            if (dice.Chance(0.35)) gates.Add(Gate(step.Number, [step.Number], dice.Chance(0.25)));
        if (dice.Chance(0.15)) gates.Add(Gate(1, [.. steps.Select(s => s.Number)], automatic: false));
        if (dice.Chance(0.1)) gates.Add(Gate(count + 1, [.. steps.Select(s => s.Number)], automatic: false));
        return new()
        {
            Digest = "plan-" + name,
            RunbookId = "rb-" + name,
            RunbookVersion = 1,
            RunbookDigest = "rb-digest-" + name,
            Title = "Simulated",
            EnvironmentProfile = EnvironmentProfile.DevFlex,
            Environment = dice.Pick(TargetEnvironment.Dev, TargetEnvironment.Dev, TargetEnvironment.Prod),
            ValidationMode = ValidationMode.CriticalOnly,
            SandboxProfile = "dev-flex",
            Requirements = new() { Capabilities = ["shell"] },
            Steps = steps,
            Gates = gates.DrainToImmutable(),
            PolicyRevision = "rev-1",
        };
    }

    private static PlannedStep Step(Dice dice, string name, int number)
    {
        var back = dice.Chance(0.4);
        return new()
        {
            Number = number,
            Name = $"step {number}",
            Phase = StepPhase.Main,
            Command = new() { Argv = ["/bin/echo", $"{number}"] },
            TimeoutSeconds = dice.Between(10, 60),
            Idempotent = dice.Chance(0.5),
            MaxRetries = dice.Chance(0.3) ? 1 : 0,
            BlastRadius = dice.Pick(BlastRadius.Low, BlastRadius.Low, BlastRadius.Medium),
            OnFailure = back ? OnFailure.Rollback : dice.Pick(OnFailure.Fail, OnFailure.Pause),
            RequiresRollback = back,
            Rollback = back ? new(new() { Argv = ["/bin/echo", "back"] }, 30, ["failure"]) : null,
            RollbackDecision = back ? Allowed : null,
            RollbackDigest = back ? $"back-{name}-{number}" : null,
            SandboxProfile = "dev-flex",
            Decision = dice.Chance(0.15) ? Allowed with { Verdict = Verdict.RequireApproval } : Allowed,
            Digest = $"digest-{name}-{number}",
        };
    }

    private static PolicyDecision Allowed { get; } = new() { Verdict = Verdict.Allow, Rules = [new("scope.allow", "on the list")], Reason = "allowed", Revision = "rev-1" };

    private static PlannedGate Gate(int before, ImmutableArray<int> steps, bool automatic) => new()
    {
        StepNumbers = steps,
        BeforeStep = before,
        Quorum = "1 of approver",
        Automatic = automatic,
        Digest = "gate",
        Rules = [new("gate.per-step", "drawn")],
    };
}
