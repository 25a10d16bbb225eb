using System.Text.Json;
using Cavra.Actors.Cli.Tests.StandIn;

namespace Cavra.Actors.Cli.Tests.Runs;

public sealed class RunStartTests
{
    [Fact]
    public async Task Start_WithAllOptions_SendsTheContractsBodyAndHeaders()
    {
        await using var api = (await StandInApi.StartAsync()).On("POST /api/v1/executions", Samples.Session(), 201);
        using var cli = new CliRun(api);

        var code = await cli.RunAsync(
            "run", "start", "rb-disk-pressure", "--ticket", "INC-1", "--profile", "staging-standard", "--mode", "per_phase",
            "--input", "path=/srv/data", "--input", "limit=80", "--input", "dry=true", "--input", "list:=[1,2]", "--input", "text=08", "--idempotency-key", "k-1");

        code.ShouldBe(0, cli.Error);
        var request = api.Single("POST", "/api/v1/executions");
        request.Token.ShouldBe("token-of-the-test");
        request.IdempotencyKey.ShouldBe("k-1");
        using var body = JsonDocument.Parse(request.Body);
        JsonSerializer.Serialize(body.RootElement).ShouldBe(
            """{"ticket_id":"INC-1","runbook_id":"rb-disk-pressure","environment_profile":"staging-standard","validation_mode":"per_phase","inputs":{"path":"/srv/data","limit":80,"dry":true,"list":[1,2],"text":"08"}}""");
        cli.Out.ShouldContain("rb-disk-pressure version 3");
        cli.Out.ShouldContain("df -h 'a b'");
        cli.Error.ShouldContain("cavra run watch 7");
    }

    [Fact]
    public async Task Start_TicketAlone_LeavesTheRunbookToTheMatchRules_AndHasAKeyOfItsOwn()
    {
        await using var api = (await StandInApi.StartAsync()).On("POST /api/v1/executions", Samples.Session(), 201);
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "start", "-t", "INC-1", "-o", "json")).ShouldBe(0);

        var request = api.Single("POST", "/api/v1/executions");
        request.Body.ShouldBe("""{"ticket_id":"INC-1","environment_profile":"dev-flex"}""");
        request.IdempotencyKey.ShouldNotBeNullOrEmpty();
        using var printed = JsonDocument.Parse(cli.Out);
        printed.RootElement.GetProperty("some_new_field").GetProperty("x").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("run", "start", "rb-x")]
    [InlineData("run", "start", "rb-x", "--ticket", "T", "--profile", "production")]
    [InlineData("run", "start", "rb-x", "--ticket", "T", "--input", "novalue")]
    [InlineData("run", "start", "rb-x", "--ticket", "T", "--input", "a=1", "--input", "a=2")]
    [InlineData("run", "start", "rb-x", "--ticket", "T", "--input", "a:={")]
    [InlineData("run", "show", "seven")]
    [InlineData("run", "list", "-o", "xml")]
    [InlineData("run", "cancel", "7")]
    [InlineData("run", "fly")]
    public async Task Usage_WrongArguments_ExitWithTwoAndAskNothing(params string[] args)
    {
        await using var api = await StandInApi.StartAsync();
        using var cli = new CliRun(api);

        (await cli.RunAsync(args)).ShouldBe(2);

        api.Requests.ShouldBeEmpty();
        cli.Error.ShouldStartWith("cavra: ");
    }

    [Fact]
    public async Task Refusal_ProblemJson_IsOneClearMessageWithCodeDetailTraceAndAdvice()
    {
        await using var api = (await StandInApi.StartAsync()).On(
            "POST /api/v1/executions",
            """{"type":"about:blank","title":"Conflict","status":409,"code":"ticket_busy","detail":"INC-1 has a live \u001b[31msession","session_id":6,"trace_id":"4bf92f"}""",
            409);
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "start", "rb-x", "--ticket", "INC-1")).ShouldBe(1);

        cli.Error.ShouldContain("cavra: error: ticket_busy: INC-1 has a live \\x1b[31msession");
        cli.Error.ShouldContain("cavra run show 6");
        cli.Error.ShouldContain("trace 4bf92f");
        cli.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task Refusal_PolicyAndValidation_NamesRulesFieldsAndLines()
    {
        await using var api = (await StandInApi.StartAsync()).On(
            "POST /api/v1/executions",
            """{"status":422,"code":"policy_denied","detail":"denied","rules":[{"id":"deny-rm","reason":"rm is on the deny list"}],"errors":{"inputs.path":["is required"]},"problems":[{"line":3,"column":5,"path":"steps[0]","message":"no name"}]}""",
            422);
        using var cli = new CliRun(api);

        await cli.RunAsync("run", "start", "rb-x", "--ticket", "INC-1");

        cli.Error.ShouldContain("rule deny-rm: rm is on the deny list");
        cli.Error.ShouldContain("inputs.path: is required");
        cli.Error.ShouldContain("line 3, column 5: steps[0]: no name");
    }

    [Fact]
    public async Task Preview_APlan_ShowsVerdictsAndWhoMayApprove()
    {
        await using var api = (await StandInApi.StartAsync()).On(
            "POST /api/v1/executions/preview",
            """
            {"runbook_id":"rb-x","runbook_version":1,"environment_profile":"prod-standard","validation_mode":"per_step","startable":false,"problems":[{"code":"rollback_required","detail":"step 1 has no rollback"}],"point_of_no_return":1,
             "steps":[{"step_number":1,"name":"Drop","phase":"main","command":["psql","-c","drop table x"],"verdict":"require_approval","rules":[{"id":"two-key","reason":"destructive"}],"reason":"needs two keys","gate":{"quorum":"2 of approver","automatic":false,"eligible":["bob","eve"]},"irreversible":true}]}
            """);
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "preview", "rb-x", "--ticket", "T-1", "--profile", "prod-standard")).ShouldBe(0);

        cli.Out.ShouldContain("rollback_required: step 1 has no rollback");
        cli.Out.ShouldContain("2 of approver (bob, eve)");
        cli.Out.ShouldContain("psql -c 'drop table x'");
        cli.Out.ShouldContain("step 1: needs two keys [two-key]");
    }
}
