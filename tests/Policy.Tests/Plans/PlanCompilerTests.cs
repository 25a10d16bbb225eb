using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

public sealed class PlanCompilerTests
{
    [Fact]
    public void Runbook_Compiled_NumbersStepsAcrossPhasesAndCarriesItsOrigin()
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex));

        plan.Steps.Select(s => (s.Number, s.Phase)).ShouldBe([(1, StepPhase.Precheck), (2, StepPhase.Main), (3, StepPhase.Postcheck)]);
        (plan.RunbookId, plan.RunbookVersion, plan.SandboxProfile).ShouldBe(("rb-test", 3, "dev-flex"));
        plan.PolicyRevision.ShouldBe(PolicyData.Default.Revision);
        plan.Steps.Select(s => s.MaxRetries).ShouldBe([1, 0, 0]);
        plan.Digest.Length.ShouldBe(64);
    }

    [Fact]
    public void SameRequest_CompiledTwice_GivesTheSamePlan()
    {
        var request = PlanFixture.Request(EnvironmentProfile.StagingStandard, inputs: ("x", "\"a\""), head: "inputs: [{name: x}]");
        PlanFixture.Plan(request).Digest.ShouldBe(PlanFixture.Plan(request).Digest);
        request.CacheKey().ShouldBe((request with { }).CacheKey());
        request.CacheKey().ShouldNotBe((request with { Profile = EnvironmentProfile.DevFlex }).CacheKey());
        request.CacheKey().ShouldNotBe((request with { InputsJson = request.InputsJson.SetItem("x", "\"b\"") }).CacheKey());
    }

    [Fact]
    public void PlannedStep_DigestComputedAgain_IsTheSame()
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.ProdStandard));
        foreach (var step in plan.Steps)
        {
            StepDigest.Of(step, StepOrigin.Of(plan)).ShouldBe(step.Digest);
            StepDigest.OfRollback(step, StepOrigin.Of(plan)).ShouldBe(step.RollbackDigest);
        }

        plan.Steps[1].RollbackDigest.ShouldNotBeNull();
        plan.Gates[1].Digest.ShouldBe(StepDigest.OfGate([plan.Steps[1]]));
    }

    [Fact]
    public void Inputs_Compiled_AreWholeElementsOrPartsOfOne()
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex, command: "[echo, \"{{inputs.x}}\", \"a={{ inputs.x }};\"]", head: "inputs: [{name: x}]", inputs: ("x", "\"b; rm -rf / $(id) {{inputs.x}}\"")));
        plan.Steps[1].Command.Argv.ShouldBe(["echo", "b; rm -rf / $(id) {{inputs.x}}", "a=b; rm -rf / $(id) {{inputs.x}};"]);
    }

    [Theory]
    [InlineData(EnvironmentProfile.DevFlex, true, "", OnFailure.Rollback)]
    [InlineData(EnvironmentProfile.DevFlex, false, "", OnFailure.Fail)]
    [InlineData(EnvironmentProfile.DevFlex, true, "requires_rollback: false", OnFailure.Fail)]
    [InlineData(EnvironmentProfile.DevFlex, true, "on_failure: pause", OnFailure.Pause)]
    [InlineData(EnvironmentProfile.StagingStandard, false, "", OnFailure.Pause)]
    [InlineData(EnvironmentProfile.StagingStandard, true, "", OnFailure.Rollback)]
    [InlineData(EnvironmentProfile.StagingStandard, true, "requires_rollback: false", OnFailure.Pause)]
    [InlineData(EnvironmentProfile.ProdStandard, true, "requires_rollback: false", OnFailure.Rollback)]
    [InlineData(EnvironmentProfile.ProdStandard, true, "on_failure: pause", OnFailure.Rollback)]
    [InlineData(EnvironmentProfile.ProdStandard, true, "on_failure: fail", OnFailure.Rollback)]
    [InlineData(EnvironmentProfile.ProdCritical, false, "irreversible: true", OnFailure.Pause)]
    public void OnFailure_Resolved_IsNeverWeakerThanTheProfile(EnvironmentProfile profile, bool rollback, string step, OnFailure expected)
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(profile, step: step, rollback: rollback));
        plan.Steps[1].OnFailure.ShouldBe(expected);
        plan.Steps[1].RequiresRollback.ShouldBe(expected == OnFailure.Rollback);
    }

    [Fact]
    public void FailInStaging_Resolved_IsTheAuthorsChoice() =>
        PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.StagingStandard, step: "on_failure: fail", head: "environments: [staging]")).Steps[1].OnFailure.ShouldBe(OnFailure.Fail);

    [Theory]
    [InlineData("", "[echo, x]", 0)]
    [InlineData("idempotent: true", "[echo, x]", 0)]
    [InlineData("retry: {max_attempts: 2}", "[echo, x]", 2)]
    [InlineData("idempotent: true", "[rm, -r, /tmp/x]", 0)]
    public void Retries_OfMainSteps_DefaultToNone(string step, string command, int expected) =>
        PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex, step: step, command: command)).Steps[1].MaxRetries.ShouldBe(expected);

    [Fact]
    public void DestructiveCommand_Compiled_IsFoundByPolicyAndNeedsTwoKeys()
    {
        var step = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex, command: "[rm, -rf, /tmp/x]")).Steps[1];
        step.Destructive.ShouldBeTrue();
        step.Decision.TwoKey.ShouldBeTrue();
        step.Decision.Verdict.ShouldBe(Verdict.RequireApproval);
        step.ApprovalPolicy.ShouldBe("2 of approver");
    }

    [Fact]
    public void DestructiveRollback_Compiled_IsDecidedWithItsStep()
    {
        var step = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex, rollback: false, step: "rollback: {command: [rm, -rf, /tmp/x]}\nconfidence_score: 1")).Steps[1];
        step.Destructive.ShouldBeFalse();
        step.Decision.TwoKey.ShouldBeTrue();
        step.Decision.Reason.ShouldStartWith("Its rollback: ");
        step.ApprovalPolicy.ShouldBe("2 of approver");
    }

    [Fact]
    public void IrreversibleStep_InProd_HasItsOwnTwoKeyGateAndIsThePointOfNoReturn()
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.ProdStandard, ValidationMode.PerPhase, "irreversible: true", rollback: false));
        plan.PointOfNoReturn.ShouldBe(2);
        plan.Gates.Select(g => (g.BeforeStep, g.Quorum)).ShouldBe([(1, "1 of approver"), (2, "2 of approver"), (3, "1 of approver")]);
        PlanSheet.Describe(plan).ShouldContain(l => l.Contains("point of no return", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sre", "1 of sre and 1 of approver")]
    [InlineData("2 of sre", "2 of sre")]
    public void TwoKeyStep_WithItsOwnQuorum_NeverNeedsFewerThanTwoPeople(string quorum, string expected)
    {
        var text = quorum.StartsWith('2') ? quorum : "1 of " + quorum;
        PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex, step: $"destructive: true\napproval: {{quorum: {text}}}")).Steps[1].Quorum.ShouldBe(expected);
    }

    [Fact]
    public void PolicyEvaluatedAgain_OnThePlannedStep_NeverDeniesWhatThePlanAllows()
    {
        foreach (var profile in Enum.GetValues<EnvironmentProfile>())
        {
            var plan = PlanFixture.Plan(PlanFixture.Request(profile, step: "destructive: true\nblast_radius: high"));
            foreach (var step in plan.Steps)
                PolicyEvaluator.Evaluate(PolicyQuestion.Of(step, profile), PolicyData.Default).TwoKey.ShouldBe(step.Decision.TwoKey);
        }
    }

    [Fact]
    public void Plan_RollbackPlan_IsInReverseOrder()
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex));
        PlanSheet.RollbackPlan(plan).ShouldHaveSingleItem().StepNumber.ShouldBe(2);
    }
}
