using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>Details, "Validation modes"; spec 4.1 and 4.2.</summary>
public sealed class GateTests
{
    private static readonly string[] Radii = ["low", "medium", "high"];

    [Theory]
    [InlineData(EnvironmentProfile.ProdCritical, "low", ValidationMode.PerStep)]
    [InlineData(EnvironmentProfile.ProdStandard, "low", ValidationMode.PerStep)]
    [InlineData(EnvironmentProfile.StagingStandard, "medium", ValidationMode.PerPhase)]
    [InlineData(EnvironmentProfile.StagingStandard, "high", ValidationMode.PerStep)]
    [InlineData(EnvironmentProfile.DevFlex, "medium", ValidationMode.CriticalOnly)]
    [InlineData(EnvironmentProfile.DevFlex, "high", ValidationMode.PerStep)]
    public void Spec41_NoModeAsked_HasTheDefault(EnvironmentProfile profile, string blast, ValidationMode expected) =>
        PlanFixture.Plan(PlanFixture.Request(profile, step: "blast_radius: " + blast)).ValidationMode.ShouldBe(expected);

    public static TheoryData<EnvironmentProfile, string, ValidationMode, bool> Allowed()
    {
        var data = new TheoryData<EnvironmentProfile, string, ValidationMode, bool>();
        foreach (var profile in Enum.GetValues<EnvironmentProfile>())
        {
            var prod = profile is EnvironmentProfile.ProdCritical or EnvironmentProfile.ProdStandard;
            foreach (var blast in Radii)
            {
                data.Add(profile, blast, ValidationMode.PerStep, true);
                data.Add(profile, blast, ValidationMode.PerPhase, !prod || blast != "high");
                data.Add(profile, blast, ValidationMode.CriticalOnly, !prod);
                data.Add(profile, blast, ValidationMode.FinalOnly, !prod && blast == "low");
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Spec41_ModeAsked_IsAllowedOrRefused(EnvironmentProfile profile, string blast, ValidationMode mode, bool allowed) =>
        PlanFixture.Codes(PlanFixture.Request(profile, mode, "blast_radius: " + blast)).ShouldBe(allowed ? [] : ["validation_mode_not_allowed"]);

    /// <summary>Every mode, environment, blast radius, critical, destructive and confidence: the gates as the contract's sentences say.</summary>
    [Fact]
    public void EveryCombination_Compiled_HasTheGatesOfTheContract()
    {
        var combinations =
            from profile in Enum.GetValues<EnvironmentProfile>()
            from mode in Enum.GetValues<ValidationMode>()
            from blast in Radii
            from critical in new[] { false, true }
            from destructive in new[] { false, true }
            from confident in new[] { false, true }
            select (profile, mode, blast, critical, destructive, confident);
        var seen = 0;
        foreach (var (profile, mode, blast, critical, destructive, confident) in combinations)
        {
            var step = $"blast_radius: {blast}\ncritical: {(critical ? "true" : "false")}\ndestructive: {(destructive ? "true" : "false")}\nconfidence_score: {(confident ? "0.95" : "0.94")}";
            var compiled = PlanCompiler.Compile(PlanFixture.Request(profile, mode, step));
            if (!compiled.Problems.IsEmpty)
                continue;
            seen++;
            var twoKeys = blast == "high" || destructive;
            var automatic = compiled.Plan!.Environment != TargetEnvironment.Prod && confident && !critical && !twoKeys;
            CheckGates(compiled.Plan!, twoKeys, automatic, $"{profile} {mode} {blast} critical={critical} destructive={destructive} confident={confident}");
        }

        seen.ShouldBe((2 * ((3 * 8) + (2 * 8))) + (2 * ((3 * 3 * 8) + 8)));
    }

    private static void CheckGates(SessionPlan plan, bool twoKeys, bool automatic, string what)
    {
        var nonProd = plan.Environment != TargetEnvironment.Prod;
        var quorum = twoKeys ? "2 of approver" : "1 of approver";
        (int Before, string Quorum, bool Automatic)[] expected = plan.ValidationMode switch
        {
            ValidationMode.FinalOnly => twoKeys ? [(2, quorum, false), (4, quorum, false)] : [(4, quorum, automatic)],
            _ => [(1, "1 of approver", nonProd), (2, quorum, automatic), (3, "1 of approver", nonProd)],
        };
        plan.Gates.Select(g => (g.BeforeStep, g.Quorum, g.Automatic)).ShouldBe(expected, what);
        plan.Gates.ShouldAllBe(g => g.Rules.Length > 0, what);
        plan.Gates.Where(g => g.Automatic).ShouldAllBe(g => g.Rules[0].Id == "auto.confidence", what);
        plan.Steps[1].Decision.Verdict.ShouldBe(automatic || (plan.ValidationMode == ValidationMode.FinalOnly && !twoKeys) ? Verdict.Allow : Verdict.RequireApproval, what);
    }

    [Fact]
    public void PerPhase_Compiled_AnyStepOfThePhaseDecidesItsGate()
    {
        var runbook = RunbookSamples.Load("{runbook_id: rb-a, title: T, steps: [{name: A, command: [ls]}, {name: B, command: [ls]}], postchecks: [{name: C, command: [ls]}]}");
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.StagingStandard) with { Runbook = runbook, Mode = ValidationMode.PerPhase });
        plan.Gates.Select(g => string.Join(",", g.StepNumbers)).ShouldBe(["1,2", "3"]);
    }

    [Fact]
    public void FinalOnly_Compiled_HasOneGateAfterTheLastStepWithItsNumber()
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex, ValidationMode.FinalOnly));
        var gate = plan.Gates.ShouldHaveSingleItem();
        (gate.BeforeStep, gate.StepNumbers[0], gate.Automatic).ShouldBe((4, 3, false));
        plan.Steps.Select(s => s.ApprovalPolicy).ShouldBe(["none", "none", "1 of approver"]);
    }

    [Fact]
    public void PerPhase_WithQuorums_AsksForAllOfThemTogether()
    {
        var runbook = RunbookSamples.Load("{runbook_id: rb-a, title: T, environments: [dev], steps: [{name: A, command: [ls], approval: {quorum: 1 of sre}}, {name: B, command: [ls], approval: {quorum: 1 of dba or 2 of sre}}, {name: C, command: [ls], destructive: true}]}");
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex) with { Runbook = runbook, Mode = ValidationMode.PerPhase });
        plan.Gates.ShouldHaveSingleItem().Quorum.ShouldBe("1 of sre and (1 of dba or 2 of sre)");
    }

    [Theory]
    [InlineData("confidence_score: 1", EnvironmentProfile.DevFlex, true)]
    [InlineData("confidence_score: 1", EnvironmentProfile.StagingStandard, true)]
    [InlineData("confidence_score: 1", EnvironmentProfile.ProdStandard, false)]
    [InlineData("confidence_score: 0.95", EnvironmentProfile.DevFlex, true)]
    [InlineData("confidence_score: 0.9499", EnvironmentProfile.DevFlex, false)]
    [InlineData("", EnvironmentProfile.DevFlex, false)]
    [InlineData("confidence_score: 0.5\nauto_approve_threshold: 0.5", EnvironmentProfile.DevFlex, true)]
    [InlineData("confidence_score: 1\nblast_radius: medium", EnvironmentProfile.DevFlex, true)]
    [InlineData("confidence_score: 1\nblast_radius: high", EnvironmentProfile.DevFlex, false)]
    [InlineData("confidence_score: 1\ncritical: true", EnvironmentProfile.DevFlex, false)]
    [InlineData("confidence_score: 1\ndestructive: true", EnvironmentProfile.DevFlex, false)]
    public void Spec42_AutoApproval_NeedsConfidenceSmallBlastAndNoProd(string step, EnvironmentProfile profile, bool automatic) =>
        PlanFixture.Plan(PlanFixture.Request(profile, ValidationMode.PerStep, step)).Gates[1].Automatic.ShouldBe(automatic);

    [Fact]
    public void C06_ConfidenceFromTheClient_IsAnUnknownInputAndChangesNothing() =>
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.DevFlex, inputs: ("confidence_score", "1.0"))).ShouldBe(["inputs_invalid"]);
}
