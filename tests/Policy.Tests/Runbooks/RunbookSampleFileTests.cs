using System.Text.Json;
using Cavra.Actors.Plans;
using Cavra.Actors.Policy;

namespace Cavra.Actors.Runbooks;

public sealed class RunbookSampleFileTests
{
    public static TheoryData<string> Files() => [.. Directory.GetFiles(Repository.File("runbooks"), "*.yaml").Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void SampleFile_Loaded_HasNoProblemsAndFitsTheSchema(string file)
    {
        var loaded = RunbookLoader.Load(File.ReadAllBytes(Repository.File("runbooks", file)));
        loaded.Problems.ShouldBeEmpty();
        SchemaErrors(RunbookCanonical.ToJson(loaded.Runbook!)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void SampleFile_CompiledForItsEnvironments_MayStart(string file)
    {
        var runbook = RunbookSamples.Load(File.ReadAllText(Repository.File("runbooks", file)));
        foreach (var profile in EnvironmentProfiles.All.Where(p => runbook.Environments.Contains(p.Environment) && p.Name != "prod-critical"))
        {
            var compiled = PlanCompiler.Compile(new CompileRequest
            {
                Runbook = runbook,
                Version = 1,
                RunbookDigest = RunbookCanonical.Digest(runbook),
                Profile = profile.Profile,
                Policy = PolicyData.Default,
            });
            compiled.Problems.ShouldBeEmpty(profile.Name);
        }
    }

    [Fact]
    public void ContractSample_FitsTheSchema() => SchemaErrors(RunbookCanonical.ToJson(RunbookSamples.Load(RunbookSamples.Contract))).ShouldBeEmpty();

    [Theory]
    [InlineData("""{"runbook_id":"rb-a","title":"T"}""")]
    [InlineData("""{"runbook_id":"a","title":"T","steps":[{"name":"S","command":["ls"]}]}""")]
    [InlineData("""{"runbook_id":"rb-a","title":5,"steps":[{"name":"S","command":["ls"]}]}""")]
    [InlineData("""{"runbook_id":"rb-a","title":"T","steps":[{"name":"S","command":["ls"],"timeout":60}]}""")]
    [InlineData("""{"runbook_id":"rb-a","title":"T","steps":[{"name":"S","command":["ls"],"timeout":"soon"}]}""")]
    [InlineData("""{"runbook_id":"rb-a","title":"T","steps":[{"name":"S","command":[]}]}""")]
    [InlineData("""{"runbook_id":"rb-a","title":"T","steps":[{"name":"S","command":["ls"],"confidence_score":2}]}""")]
    [InlineData("""{"runbook_id":"rb-a","title":"T","steps":[{"name":"S","command":["ls"],"credentials":[{"env":"A"}]}]}""")]
    [InlineData("""{"runbook_id":"rb-a","title":"T","steps":[{"name":"S","command":["ls"],"bogus":1}]}""")]
    public void BadDocument_IsRefusedByLoaderAndSchema(string json)
    {
        RunbookLoader.Load(json, RunbookFormat.Json).Problems.ShouldNotBeEmpty();
        SchemaErrors(json).ShouldNotBeEmpty();
    }

    private static List<string> SchemaErrors(string json)
    {
        using var schema = JsonDocument.Parse(RunbookSchema.Document);
        using var document = JsonDocument.Parse(json);
        return [.. JsonSchemaCheck.Errors(schema.RootElement, document.RootElement)];
    }
}
