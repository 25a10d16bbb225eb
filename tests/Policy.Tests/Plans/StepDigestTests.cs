using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using FsCheck;
using FsCheck.Fluent;

namespace Cavra.Actors.Plans;

/// <summary>Hazards C01 and C02: what is approved is exactly what runs.</summary>
public sealed class StepDigestTests
{
    private static readonly SessionPlan Plan = PlanFixture.Plan(PlanFixture.Request(EnvironmentProfile.ProdStandard));
    private static readonly StepOrigin Origin = StepOrigin.Of(Plan);
    private static readonly PlannedStep Step = Plan.Steps[1];

    public static TheoryData<string> Changes() => [.. Changed().Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    public void C02_AnyFieldThatRuns_Changed_ChangesTheDigest(string change) =>
        StepDigest.Of(Changed()[change], Origin).ShouldNotBe(Step.Digest);

    [Fact]
    public void Origin_Changed_ChangesTheDigest()
    {
        StepOrigin[] others = [Origin with { RunbookId = "rb-x" }, Origin with { RunbookVersion = 4 }, Origin with { RunbookDigest = "x" }, Origin with { Profile = EnvironmentProfile.ProdCritical }];
        others.Select(o => StepDigest.Of(Step, o)).Append(Step.Digest).Distinct().Count().ShouldBe(5);
        others.Select(o => StepDigest.OfRollback(Step, o)).Append(Step.RollbackDigest).Distinct().Count().ShouldBe(5);
        Step.RollbackDigest.ShouldNotBe(Step.Digest);
    }

    [Fact]
    public void WhatDoesNotRun_Changed_KeepsTheDigest()
    {
        var same = Step with { Digest = "x", RollbackDigest = "y", ApprovalPolicy = "none", Quorum = "2 of sre", MaxRetries = 9, Decision = Step.Decision with { Reason = "other" } };
        StepDigest.Of(same, Origin).ShouldBe(Step.Digest);
    }

    /// <summary>No two different vectors share an encoding, however their elements are cut.</summary>
    [Fact]
    public void Argv_Encoded_IsInjective()
    {
        var argv = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => new string([.. s.Get.Where(c => !char.IsSurrogate(c))])).NonEmptyListOf().Select(l => l.ToImmutableArray());
        Prop.ForAll(Arb.From(argv.Two()), pair =>
        {
            var a = StepDigest.Of(Step with { Command = new StepCommand { Argv = pair.Item1 } }, Origin);
            var b = StepDigest.Of(Step with { Command = new StepCommand { Argv = pair.Item2 } }, Origin);
            return (a == b) == pair.Item1.SequenceEqual(pair.Item2);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [InlineData(new[] { "a", "bc" }, new[] { "ab", "c" })]
    [InlineData(new[] { "a", "" }, new[] { "a" })]
    [InlineData(new[] { "a b" }, new[] { "a", "b" })]
    public void Argv_CutElsewhere_IsAnotherDigest(string[] one, string[] other) =>
        StepDigest.Of(Step with { Command = new StepCommand { Argv = [.. one] } }, Origin).ShouldNotBe(StepDigest.Of(Step with { Command = new StepCommand { Argv = [.. other] } }, Origin));

    [Fact]
    public void C01_Token_FitsOneTenantSessionStepAndAttempt()
    {
        string[] tokens =
        [
            Token("a", 1, 2, 1, "d", "r"), Token("b", 1, 2, 1, "d", "r"), Token("a", 2, 2, 1, "d", "r"), Token("a", 1, 3, 1, "d", "r"),
            Token("a", 1, 2, 2, "d", "r"), Token("a", 1, 2, 1, "e", "r"), Token("a", 1, 2, 1, "d", "s"),
        ];
        tokens.Distinct().Count().ShouldBe(tokens.Length);
        tokens.ShouldAllBe(t => t.StartsWith("appr-"));
        Token("a", 1, 2, 1, "d", "r").ShouldBe(tokens[0]);
    }

    private static string Token(string tenant, long session, int step, int attempt, string digest, string revision) =>
        ApprovalBinding.Token(new TenantId(tenant), new SessionId(session), step, attempt, digest, revision);

    private static Dictionary<string, PlannedStep> Changed() => new(StringComparer.Ordinal)
    {
        ["number"] = Step with { Number = 9 },
        ["name"] = Step with { Name = "x" },
        ["phase"] = Step with { Phase = StepPhase.Postcheck },
        ["command"] = Step with { Command = new StepCommand { Argv = ["echo", "hello!"] } },
        ["shell"] = Step with { Command = Step.Command with { Shell = true } },
        ["timeout"] = Step with { TimeoutSeconds = 1 },
        ["cwd"] = Step with { WorkingDirectory = "/tmp" },
        ["blast"] = Step with { BlastRadius = BlastRadius.High },
        ["critical"] = Step with { Critical = true },
        ["destructive"] = Step with { Destructive = true },
        ["idempotent"] = Step with { Idempotent = true },
        ["irreversible"] = Step with { Irreversible = true },
        ["requires_rollback"] = Step with { RequiresRollback = false },
        ["on_failure"] = Step with { OnFailure = OnFailure.Pause },
        ["no rollback"] = Step with { Rollback = null },
        ["rollback"] = Step with { Rollback = Step.Rollback! with { Command = new StepCommand { Argv = ["echo", "x"] } } },
        ["rollback timeout"] = Step with { Rollback = Step.Rollback! with { TimeoutSeconds = 1 } },
        ["rollback conditions"] = Step with { Rollback = Step.Rollback! with { Conditions = ["manual"] } },
        ["credentials"] = Step with { Credentials = [new CredentialUse("c", null, 60)] },
        ["credential env"] = Step with { Credentials = [new CredentialUse("c", "E", 60)] },
        ["expect"] = Step with { Expect = new StepExpectation(1, null) },
        ["expect text"] = Step with { Expect = new StepExpectation(0, "") },
        ["writable"] = Step with { Writable = ["/srv"] },
        ["network"] = Step with { Network = ["/srv"] },
        ["targets"] = Step with { Targets = ["/srv"] },
        ["budget"] = Step with { ActionBudget = new ActionBudget(1, 1) },
        ["sandbox"] = Step with { SandboxProfile = "dev-flex" },
        ["policy"] = Step with { Decision = Step.Decision with { Revision = "x" } },
    };
}
