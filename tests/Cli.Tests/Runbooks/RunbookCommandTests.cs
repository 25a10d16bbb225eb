using Cavra.Actors.Cli.Tests.StandIn;

namespace Cavra.Actors.Cli.Tests.Runbooks;

public sealed class RunbookCommandTests
{
    private const string Yaml = "# a comment\nrunbook_id: rb-x   # its id\ntitle: X\nsteps: []\n";

    [Fact]
    public async Task Apply_YamlAndJson_PutsEachUnderItsId()
    {
        await using var api = (await StandInApi.StartAsync())
            .On("PUT /api/v1/runbooks/rb-x", """{"runbook_id":"rb-x","version":2,"digest":"d","unchanged":false}""")
            .On("PUT /api/v1/runbooks/rb-y", """{"runbook_id":"rb-y","version":1,"digest":"d","unchanged":true}""", 201);
        using var cli = new CliRun(api);
        cli.File("x.yaml", Yaml);
        cli.File("y.json", """{"runbook_id":"rb-y","title":"Y"}""");

        (await cli.RunAsync("runbook", "apply", "x.yaml", "y.json")).ShouldBe(0, cli.Error);

        api.Single("PUT", "/api/v1/runbooks/rb-x").ShouldSatisfyAllConditions(r => r.Body.ShouldBe(Yaml), r => r.ContentType.ShouldBe("application/yaml"));
        api.Single("PUT", "/api/v1/runbooks/rb-y").ContentType.ShouldBe("application/json");
        cli.Out.ShouldBe("rb-x: version 2\nrb-y: version 1, unchanged\n");
    }

    [Fact]
    public async Task Apply_BadDocument_ShowsItsProblems()
    {
        await using var api = (await StandInApi.StartAsync())
            .On("PUT /api/v1/runbooks/rb-x", """{"status":400,"code":"validation_failed","detail":"not a runbook","problems":[{"line":4,"column":8,"path":"steps","message":"at least one step"}]}""", 400);
        using var cli = new CliRun(api);
        cli.File("x.yaml", Yaml);

        (await cli.RunAsync("runbook", "apply", "x.yaml")).ShouldBe(1);

        cli.Error.ShouldContain("validation_failed: not a runbook");
        cli.Error.ShouldContain("line 4, column 8: steps: at least one step");
    }

    [Theory]
    [InlineData("x.yaml", "title: X\n  runbook_id: rb-nested\n")]
    [InlineData("x.json", "{")]
    [InlineData("x.json", "[]")]
    public async Task Apply_NoIdInTheFile_AsksNothing(string name, string content)
    {
        await using var api = await StandInApi.StartAsync();
        using var cli = new CliRun(api);
        cli.File(name, content);

        (await cli.RunAsync("runbook", "apply", name)).ShouldBe(2);
        (await cli.RunAsync("runbook", "apply", "absent.yaml")).ShouldBe(2);

        api.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Validate_GoodAndBad_SaysWhereAndExitsWithOne()
    {
        await using var api = (await StandInApi.StartAsync())
            .On("POST /api/v1/runbooks/validate", """{"valid":true,"problems":[]}""")
            .On("POST /api/v1/runbooks/validate", """{"valid":false,"problems":[{"line":2,"column":1,"path":"titel","message":"unknown field"}]}""");
        using var cli = new CliRun(api);
        cli.File("x.yaml", Yaml);

        (await cli.RunAsync("runbook", "validate", "x.yaml")).ShouldBe(0, cli.Error);
        (await cli.RunAsync("runbook", "validate", "x.yaml")).ShouldBe(1);

        cli.Out.ShouldBe("x.yaml: good\nx.yaml:2:1: titel: unknown field\n");
    }
}
