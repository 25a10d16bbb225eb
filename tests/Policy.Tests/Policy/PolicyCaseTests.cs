using Cavra.Actors.Runbooks.Reading;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Policy;

/// <summary>Every row of <c>policies/cases.yaml</c>, which evaluators other than the built-in one share.</summary>
public sealed class PolicyCaseTests
{
    private static readonly EnvironmentProfile[] Columns =
        [EnvironmentProfile.DevFlex, EnvironmentProfile.StagingStandard, EnvironmentProfile.ProdStandard, EnvironmentProfile.ProdCritical];

    private static readonly RawMap[] Rows = Read();

    public static TheoryData<int, string> Cases()
    {
        var data = new TheoryData<int, string>();
        for (var i = 0; i < Rows.Length; i++)
            data.Add(i, Question(Rows[i], EnvironmentProfile.DevFlex).Command.ToString());
        return data;
    }

    [Fact]
    public void Table_HasAtLeast150Cases() => (Rows.Length * Columns.Length).ShouldBeGreaterThan(600);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Row_Evaluated_GivesItsVerdicts(int row, string command)
    {
        var read = new RawReader(Rows[row]);
        var decisions = Columns.Select(c => PolicyEvaluator.Evaluate(Question(Rows[row], c), PolicyData.Default)).ToList();

        decisions.Select(Word).ShouldBe(read.Texts("verdicts"), $"line {Rows[row].Mark.Line}: {command}: {string.Join(" | ", decisions.Select(d => string.Join(",", d.Rules.Select(r => r.Id))))}");
        foreach (var decision in decisions)
        {
            decision.Reason.ShouldEndWith(".");
            decision.Revision.ShouldBe(PolicyData.Default.Revision);
            if (decision.Verdict != Verdict.Allow && read.Text("rule") is { } rule)
                decision.Rules.Select(r => r.Id).ShouldContain(rule, command);
        }
    }

    private static string Word(PolicyDecision decision) => decision.Verdict switch
    {
        Verdict.Allow => "allow",
        Verdict.Deny => "deny",
        _ => decision.TwoKey ? "keys" : "approval",
    };

    private static PolicyQuestion Question(RawMap row, EnvironmentProfile profile)
    {
        var read = new RawReader(row);
        return new PolicyQuestion
        {
            Profile = profile,
            Command = row["command"] is RawScalar script ? new StepCommand { Argv = [script.Text], Shell = true } : new StepCommand { Argv = read.Texts("command") },
            BlastRadius = read.Choice<BlastRadius>("blast_radius") ?? BlastRadius.Low,
            Destructive = read.Bool("destructive"),
            WithoutWayBack = read.Bool("irreversible") && EnvironmentProfiles.Of(profile).RollbackMandatory,
            Network = read.Texts("network"),
        };
    }

    private static RawMap[] Read()
    {
        var problems = new ProblemList();
        var root = YamlTree.Read(File.ReadAllText(Repository.File("policies", "cases.yaml")), problems) as RawMap;
        problems.ToListOrThrow();
        return [.. new RawReader(root!).List("cases").Cast<RawMap>()];
    }
}

internal static class ProblemListAssertions
{
    public static void ToListOrThrow(this ProblemList problems)
    {
        if (problems.Any)
            throw new InvalidOperationException(string.Join("\n", problems.ToList()));
    }
}
