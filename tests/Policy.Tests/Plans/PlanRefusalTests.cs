using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

public sealed class PlanRefusalTests
{
    private static readonly Dictionary<string, KnownCredential> Vault = new()
    {
        ["cred-dev"] = new("cred-dev", TargetEnvironment.Dev, null),
        ["cred-db"] = new("cred-db", TargetEnvironment.Dev, "postgres"),
    };

    [Fact]
    public void OtherEnvironment_Compiled_IsRefused() =>
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.ProdStandard, head: "environments: [dev]")).ShouldBe(["environment_not_allowed"]);

    [Fact]
    public void DeniedCommand_InProd_NamesItsRulesBeforeAnythingElse()
    {
        var problems = PlanCompiler.Compile(PlanFixture.Request(EnvironmentProfile.ProdStandard, command: "[curl, http://x]", rollback: false)).Problems;
        problems.Select(p => p.Code).ShouldBe(["policy_denied", "rollback_required"]);
        problems[0].Rules.ShouldContain(r => r.Id == "scope.allow-list");
        problems[0].Detail.ShouldContain("curl http://x is not on the allow-list of prod-standard");
    }

    [Fact]
    public void DeniedRollback_InProd_IsRefusedLikeAStep() =>
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.ProdStandard, rollback: false, step: "rollback: {command: [curl, x]}")).ShouldBe(["policy_denied"]);

    [Theory]
    [InlineData(EnvironmentProfile.ProdStandard, "", true)]
    [InlineData(EnvironmentProfile.ProdCritical, "", true)]
    [InlineData(EnvironmentProfile.ProdStandard, "irreversible: true", false)]
    [InlineData(EnvironmentProfile.StagingStandard, "", false)]
    [InlineData(EnvironmentProfile.DevFlex, "", false)]
    public void NoRollback_Compiled_IsRefusedWhereItIsMandatory(EnvironmentProfile profile, string step, bool refused) =>
        PlanFixture.Codes(PlanFixture.Request(profile, step: step, rollback: false)).ShouldBe(refused ? ["rollback_required"] : []);

    [Fact]
    public void UnknownCredential_Compiled_IsRefused() =>
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.DevFlex, step: "credentials: [nope]", credentials: Vault)).ShouldBe(["unknown_credential"]);

    [Fact]
    public void CredentialOfOtherEnvironment_Compiled_IsRefused() =>
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.StagingStandard, step: "credentials: [cred-dev]", credentials: Vault)).ShouldBe(["credential_scope"]);

    [Fact]
    public void CredentialWithCapability_Compiled_BindsTheWorkerToIt()
    {
        var plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.DevFlex, step: "credentials: [{id: cred-db, env: PGPASSWORD, ttl: 1m}]", credentials: Vault, head: "worker_requirements: {capabilities: [shell]}"));
        plan.Requirements.Capabilities.ShouldBe(["postgres", "shell"]);
        plan.Steps[1].Credentials.ShouldHaveSingleItem().ShouldBe(new CredentialUse("cred-db", "PGPASSWORD", 60));
    }

    [Theory]
    [InlineData("inputs: [{name: x, required: true}]", "y", "\"1\"", "inputs.x", "inputs.y")]
    [InlineData("inputs: [{name: x, type: integer}]", "x", "\"1.5\"", "inputs.x", null)]
    [InlineData("inputs: [{name: x, pattern: \"^/[a-z]+$\"}]", "x", "\"/tmp\\n\"", "inputs.x", null)]
    [InlineData("inputs: [{name: x}]", "x", "[1]", "inputs.x", null)]
    [InlineData("inputs: [{name: x}]", "x", "\"a\\u0000b\"", "inputs.x", null)]
    [InlineData("inputs: [{name: x, max_length: 3}]", "x", "\"abcd\"", "inputs.x", null)]
    [InlineData("inputs: [{name: x, enum: [a, b]}]", "x", "\"c\"", "inputs.x", null)]
    public void BadInputs_Compiled_AreRefusedByName(string head, string name, string json, string field, string? other)
    {
        var compiled = PlanCompiler.Compile(PlanFixture.Request(EnvironmentProfile.DevFlex, head: head, inputs: (name, json)));
        compiled.Plan.ShouldBeNull();
        var refusal = compiled.Problems.ShouldHaveSingleItem();
        refusal.Code.ShouldBe("inputs_invalid");
        refusal.Errors.Keys.ShouldBe(other is null ? [field] : [field, other]);
    }

    [Fact]
    public void InputThatMakesABadPath_Compiled_IsRefused() =>
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.DevFlex, step: "writable: [\"/srv/{{inputs.x}}\"]", head: "inputs: [{name: x}]", inputs: ("x", "\"../etc\""))).ShouldBe(["inputs_invalid"]);

    [Fact]
    public void C05_WeakerModeOrProfile_ForProd_IsRefused()
    {
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.ProdStandard, ValidationMode.FinalOnly)).ShouldBe(["validation_mode_not_allowed"]);
        PlanFixture.Codes(PlanFixture.Request(EnvironmentProfile.DevFlex, head: "environments: [prod]")).ShouldBe(["environment_not_allowed"]);
    }

    [Fact]
    public void QuorumNobodyCanMeet_Judged_IsRefusedWithTheReason()
    {
        var compiled = PlanCompiler.Compile(PlanFixture.Request(EnvironmentProfile.DevFlex, step: "critical: true\napproval: {quorum: 2 of dba}"));
        var reply = PlanAudience.Judge(compiled, "operator", PlanFixture.Directory);
        reply.Problems.ShouldHaveSingleItem().Code.ShouldBe("quorum_unsatisfiable");
        reply.Problems[0].Detail.ShouldContain("approver2");
    }

    [Fact]
    public void Requester_Judged_IsNeverEligible()
    {
        var compiled = PlanCompiler.Compile(PlanFixture.Request(EnvironmentProfile.ProdStandard, step: "destructive: true"));
        PlanAudience.Judge(compiled, "operator", PlanFixture.Directory).EligiblePerGate[1].ShouldBe(["approver", "approver2", "operator_approver"]);
        var own = PlanAudience.Judge(compiled, "operator_approver", PlanFixture.Directory);
        own.Problems.ShouldBeEmpty();
        own.EligiblePerGate[1].ShouldBe(["approver", "approver2"]);
        PlanAudience.Judge(compiled, "operator", PlanFixture.Directory[..2]).Problems.ShouldHaveSingleItem().Code.ShouldBe("quorum_unsatisfiable");
    }
}
