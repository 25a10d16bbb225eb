using Cavra.Actors.Plans;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Cli.Tests.SampleRunbooks;

/// <summary>The sample runbooks are good documents; that they do what they say is shown by tests/System.</summary>
public sealed class SampleRunbookTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Samples");

    public static TheoryData<string> Names => new(All());

    [Fact]
    public void Samples_AreAtLeastFive() => All().Count.ShouldBeGreaterThanOrEqualTo(5);

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_Loaded_HasNoProblemAndItsFilesId(string name)
    {
        var loaded = Load(name);

        loaded.Problems.Select(p => $"{p.Line}:{p.Column} {p.Path}: {p.Message}").ShouldBeEmpty();
        loaded.Runbook!.RunbookId.ShouldBe(name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_HasAMatchRuleOfItsOwn_SoThatATicketNamesOneRunbook(string name)
    {
        var prefix = Load(name).Runbook!.Match?.TicketPrefix;
        prefix.ShouldNotBeNullOrEmpty();

        var all = All().Select(n => Load(n).Runbook!).ToList();
        RunbookMatching.Candidates<Runbook>(all, r => r.Match, prefix + "1").Select(r => r.RunbookId).ShouldBe([name]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_InEachOfItsEnvironments_CanStart(string name)
    {
        foreach (var profile in Enum.GetValues<EnvironmentProfile>().Where(p => Load(name).Runbook!.Environments.Contains(EnvironmentProfiles.Of(p).Environment)))
            Compile(name, profile).Problems.Select(p => $"{profile}: {p.Code}: {p.Detail}").ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_InDev_StopsForAPersonAtItsCriticalStepsOnly(string name)
    {
        var plan = Compile(name, EnvironmentProfile.DevFlex).Plan!;

        var human = plan.Gates.Where(g => !g.Automatic).SelectMany(g => g.StepNumbers).ToList();
        human.ShouldBe(plan.Steps.Where(s => s.Critical).Select(s => s.Number), string.Join("; ", plan.Gates.SelectMany(g => g.Rules).Select(r => r.Reason)));
        plan.Gates.ShouldAllBe(g => g.Quorum == "1 of approver");
    }

    [Fact]
    public void Samples_OneFailsOnPurposeAndRollsBack() =>
        Load("rb-failing-rollback").Runbook!.Steps.ShouldContain(s => s.OnFailure == OnFailure.Rollback && s.Rollback != null);

    private static CompiledPlan Compile(string name, EnvironmentProfile profile) => PlanCompiler.Compile(new CompileRequest
    {
        Runbook = Load(name).Runbook!,
        Version = 1,
        RunbookDigest = "d",
        Profile = profile,
        Policy = PolicyData.Default,
    });

    private static List<string> All() => [.. Directory.GetFiles(Folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    private static LoadedRunbook Load(string name) => RunbookLoader.Load(File.ReadAllText(Path.Combine(Folder, name + ".yaml")));
}
