using Cavra.Actors.Sessions;

namespace Cavra.Actors.Policy;

public sealed class PolicyDataTests : IDisposable
{
    private const string Small = "version: 1\ntrusted_folders: [/bin]\nshell_builtins: [echo]\nallow: []\nrules: []\n";
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("cavra-policy-").FullName;
    private readonly ManualTime _time = new();

    private string Data => Path.Combine(_folder, "data.yaml");

    [Theory]
    [InlineData("allow: 5", "allow", "Must be a list")]
    [InlineData("allows: []", "allows", "Did you mean allow?")]
    [InlineData("rules: [{id: a, effect: maybe, reason: R., programs: [x]}]", "rules[0].effect", "not one of")]
    [InlineData("rules: [{id: a, effect: deny, reason: R.}]", "rules[0]", "programs, sql or opaque")]
    [InlineData("rules: [{id: a, effect: deny, reason: R., programs: [x]}, {id: a, effect: deny, reason: R., programs: [x]}]", "rules[1].id", "given twice")]
    [InlineData("rules: [{id: a, effect: deny, reason: R., sql: [drops]}]", "rules[0].sql[0]", "Did you mean drop?")]
    [InlineData("rules: [{id: a, effect: deny, reason: R., programs: [x], profiles: [prod]}]", "rules[0].profiles[0]", "not one of")]
    public void BadData_Loaded_NamesThePlace(string line, string path, string message)
    {
        var name = line.Split(':')[0];
        var text = string.Join('\n', Small.Split('\n').Where(l => !l.StartsWith(name + ":", StringComparison.Ordinal))) + line;
        PolicyData.Load(text, out var problems).ShouldBeNull();
        problems.ShouldContain(p => p.Path == path && p.Message.Contains(message, StringComparison.Ordinal) && p.Line >= 5);
    }

    [Fact]
    public void DefaultData_IsTheShippedFile() =>
        PolicyData.Load(File.ReadAllText(Repository.File("policies", "data.yaml")), out _)!.Revision.ShouldBe(PolicyData.Default.Revision);

    [Fact]
    public void BadFile_AtStart_IsRefusedWithItsPlace()
    {
        File.WriteAllText(Data, "version: 2\n");
        Should.Throw<PolicyDataException>(() => PolicyDataSource.Open(Data, _time)).Message.ShouldContain("line 1, column 10: version");
        Should.Throw<PolicyDataException>(() => PolicyDataSource.Open(Path.Combine(_folder, "none.yaml"), _time));
    }

    [Fact]
    public void FileChanged_AfterTheInterval_TakesEffectWithANewRevision()
    {
        File.WriteAllText(Data, Small);
        var source = PolicyDataSource.Open(Data, _time);
        var first = source.Current.Revision;

        Write(Small.Replace("allow: []", "allow: [{programs: [ls]}]", StringComparison.Ordinal));
        source.Current.Revision.ShouldBe(first);
        _time.Advance(PolicyDataSource.LookInterval);
        source.Current.Revision.ShouldNotBe(first);
        source.Problem.ShouldBeNull();
    }

    [Fact]
    public void FileBroken_WhileRunning_KeepsTheLastGoodAndSaysSo()
    {
        File.WriteAllText(Data, Small);
        var source = PolicyDataSource.Open(Data, _time);
        var good = source.Current.Revision;

        Write("version: x");
        _time.Advance(PolicyDataSource.LookInterval);
        source.Current.Revision.ShouldBe(good);
        source.Problem.ShouldNotBeNull().ShouldContain("version");
        File.Delete(Data);
        _time.Advance(PolicyDataSource.LookInterval);
        source.Current.Revision.ShouldBe(good);

        Write(Small);
        _time.Advance(PolicyDataSource.LookInterval);
        source.Current.Revision.ShouldBe(good);
        source.Problem.ShouldBeNull();
    }

    [Fact]
    public void NoFile_Opened_UsesTheShippedData() => PolicyDataSource.Open(null, _time).Current.ShouldBeSameAs(PolicyData.Default);

    [Fact]
    public void EmptyAllowList_Evaluated_DeniesEverythingInProd()
    {
        var data = PolicyData.Load(Small, out _)!;
        PolicyEvaluator.Evaluate(new PolicyQuestion { Profile = EnvironmentProfile.ProdStandard, Command = new StepCommand { Argv = ["echo"] } }, data).Verdict.ShouldBe(Verdict.Deny);
    }

    [Theory]
    [InlineData(EnvironmentProfile.ProdCritical, TargetEnvironment.Prod, true, true)]
    [InlineData(EnvironmentProfile.ProdStandard, TargetEnvironment.Prod, true, true)]
    [InlineData(EnvironmentProfile.StagingStandard, TargetEnvironment.Staging, true, false)]
    [InlineData(EnvironmentProfile.DevFlex, TargetEnvironment.Dev, false, false)]
    public void Spec51_ProfileRow_IsTheTables(EnvironmentProfile profile, TargetEnvironment environment, bool allowListOnly, bool rollbackMandatory)
    {
        var row = EnvironmentProfiles.Of(profile);
        (row.Environment, row.AllowListOnly, row.RollbackMandatory).ShouldBe((environment, allowListOnly, rollbackMandatory));
        EnvironmentProfiles.Find(row.Name).ShouldBeSameAs(row);
        row.Controls.Contains("read_only_root").ShouldBe(environment == TargetEnvironment.Prod);
    }

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    /// <summary>Writes with another time stamp than before, whatever the file system's resolution.</summary>
    private void Write(string text)
    {
        var before = File.Exists(Data) ? File.GetLastWriteTimeUtc(Data) : DateTime.UnixEpoch.AddYears(50);
        File.WriteAllText(Data, text);
        File.SetLastWriteTimeUtc(Data, before.AddSeconds(7));
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
