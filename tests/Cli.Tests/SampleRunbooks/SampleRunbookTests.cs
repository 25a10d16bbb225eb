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

    [Fact]
    public void Samples_OneFailsOnPurposeAndRollsBack() =>
        Load("rb-failing-rollback").Runbook!.Steps.ShouldContain(s => s.OnFailure == OnFailure.Rollback && s.Rollback != null);

    private static List<string> All() => [.. Directory.GetFiles(Folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    private static LoadedRunbook Load(string name) => RunbookLoader.Load(File.ReadAllText(Path.Combine(Folder, name + ".yaml")));
}
