namespace Cavra.Actors.Runbooks;

public sealed class RunbookCanonicalTests
{
    [Fact]
    public void Canonical_LoadedAgain_IsTheSameRunbook()
    {
        var runbook = RunbookSamples.Load(RunbookSamples.Contract);
        var json = RunbookCanonical.ToJson(runbook);
        var again = RunbookLoader.Load(json, RunbookFormat.Json);
        again.Problems.ShouldBeEmpty();
        RunbookCanonical.ToJson(again.Runbook!).ShouldBe(json);
        RunbookCanonical.Digest(again.Runbook!).ShouldBe(RunbookCanonical.Digest(runbook));
    }

    [Fact]
    public void Digest_OverCommentsOrderAndSpelling_Stays()
    {
        var plain = Digest("runbook_id: rb-a\ntitle: T\nsteps:\n  - name: S\n    command: [ls, \"-l\"]\n");
        Digest("# note\ntitle: 'T'\nsteps: [{command: [ls, -l], name: S, timeout: 300s, blast_radius: low}]\nrunbook_id: rb-a\nenvironments: [prod, dev, staging]").ShouldBe(plain);
        RunbookCanonical.Digest(RunbookLoader.Load("""{"title":"T","runbook_id":"rb-a","steps":[{"name":"S","command":["ls","-l"]}]}""", RunbookFormat.Json).Runbook!).ShouldBe(plain);
    }

    [Theory]
    [InlineData("title: Other", "")]
    [InlineData("owner: sre", "")]
    [InlineData("", "timeout: 6m")]
    [InlineData("", "cwd: /tmp")]
    [InlineData("", "blast_radius: high")]
    [InlineData("", "critical: true")]
    [InlineData("", "destructive: true")]
    [InlineData("", "idempotent: true")]
    [InlineData("", "irreversible: true")]
    [InlineData("", "confidence_score: 0.5")]
    [InlineData("", "auto_approve_threshold: 0.5")]
    [InlineData("", "retry: {max_attempts: 0}")]
    [InlineData("", "retry: {backoff: 6s}")]
    [InlineData("", "credentials: [c]")]
    [InlineData("", "credentials: [{id: c, ttl: 1m}]")]
    [InlineData("", "expect: {exit_code: 1}")]
    [InlineData("", "expect: {stdout_matches: a}")]
    [InlineData("", "on_failure: pause")]
    [InlineData("", "approval: {quorum: 1 of sre}")]
    [InlineData("", "writable: [/srv/a]")]
    [InlineData("", "network: [\"a:1\"]")]
    [InlineData("", "targets: [a]")]
    [InlineData("", "targets: [a]\naction_budget: {per: 1h, max: 1}")]
    [InlineData("", "rollback: {command: [ls]}")]
    [InlineData("", "rollback: {command: [ls], timeout: 1m}")]
    [InlineData("", "rollback: {command: [ls], conditions: [manual]}")]
    public void AnyOtherField_Changed_ChangesTheDigest(string head, string step)
    {
        var text = RunbookSamples.WithStep(step, head: head);
        var digest = Digest(head.StartsWith("title", StringComparison.Ordinal) ? text.Replace("title: Test\n", "", StringComparison.Ordinal) : text);
        digest.ShouldNotBe(Digest(RunbookSamples.WithStep("")));
    }

    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("10m", 600_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("00:10:00", 600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("0s", 0)]
    public void Duration_Parsed_FormatsBackToTheSameValue(string text, long milliseconds)
    {
        DurationText.TryParse(text, out var value).ShouldBeTrue();
        value.TotalMilliseconds.ShouldBe(milliseconds);
        DurationText.TryParse(DurationText.Format(value), out var again).ShouldBeTrue();
        again.ShouldBe(value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("60")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("30m1h")]
    [InlineData("5s5s")]
    [InlineData("1:2")]
    [InlineData("99999999999d")]
    [InlineData("9999d")]
    [InlineData("s")]
    [InlineData("1.5h")]
    public void BadDuration_Parsed_IsRefused(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Derivation_NeedsExactlyOneFittingRule()
    {
        RunbookMatch?[] rules = [new("INC-", null), new("INC-", "storage"), new("CHG-", "db"), null, new(null, "net")];
        RunbookMatching.Candidates(rules, r => r, "INC-1").Count.ShouldBe(2);
        RunbookMatching.Candidates(rules, r => r, "CHG-1").ShouldBe([rules[2]]);
        RunbookMatching.Candidates(rules, r => r, "CHG-1", "web").ShouldBeEmpty();
        RunbookMatching.Candidates(rules, r => r, "X-1").ShouldBeEmpty();
        RunbookMatching.Candidates(rules, r => r, "X-1", "net").ShouldBe([rules[4]]);
    }

    private static string Digest(string yaml) => RunbookCanonical.Digest(RunbookSamples.Load(yaml));
}
