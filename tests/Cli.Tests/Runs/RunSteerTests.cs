using Cavra.Actors.Cli.Tests.StandIn;

namespace Cavra.Actors.Cli.Tests.Runs;

public sealed class RunSteerTests
{
    [Theory]
    [InlineData("pause", "/pause", """{"reason":"r \u0022x\u0022"}""")]
    [InlineData("cancel", "/cancel", """{"reason":"r \u0022x\u0022"}""")]
    public async Task Steer_PauseOrCancel_SendsTheReason(string verb, string path, string body)
    {
        await using var api = (await StandInApi.StartAsync()).On("POST /api/v1/executions/7" + path, Samples.Session("paused"));
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", verb, "7", "--reason", "r \"x\"")).ShouldBe(0, cli.Error);

        api.Single("POST", "/api/v1/executions/7" + path).Body.ShouldBe(body);
    }

    [Fact]
    public async Task Steer_Directive_SendsDirectiveAndReason()
    {
        await using var api = (await StandInApi.StartAsync()).On("POST /api/v1/executions/7/directive", Samples.Session("executing"));
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "directive", "7", "retry", "--reason", "fixed it")).ShouldBe(0, cli.Error);

        api.Single("POST", "/api/v1/executions/7/directive").Body.ShouldBe("""{"directive":"retry","reason":"fixed it"}""");
    }

    [Theory]
    [InlineData(new[] { "run", "rollback", "7", "--reason", "bad" }, """{"reason":"bad"}""")]
    [InlineData(new[] { "run", "rollback", "7", "--step", "2", "--reason", "bad" }, """{"step_number":2,"reason":"bad"}""")]
    public async Task Steer_Rollback_OfAllOrOneStep(string[] args, string body)
    {
        await using var api = (await StandInApi.StartAsync()).On("POST /api/v1/executions/7/rollback", Samples.Session("rollback"), 202);
        using var cli = new CliRun(api);

        (await cli.RunAsync(args)).ShouldBe(0, cli.Error);

        api.Single("POST", "/api/v1/executions/7/rollback").Body.ShouldBe(body);
    }

    [Theory]
    [InlineData("approve", true)]
    [InlineData("reject", false)]
    public async Task Decide_AStep_SendsTheDecision(string verb, bool approved)
    {
        await using var api = (await StandInApi.StartAsync()).On("POST /api/v1/executions/7/approve", Samples.Session("executing"));
        using var cli = new CliRun(api);

        (await cli.RunAsync(verb, "7", "--step", "2", "--notes", "looked at it", "--digest", "d1")).ShouldBe(0, cli.Error);

        api.Single("POST", "/api/v1/executions/7/approve").Body.ShouldBe($$"""{"step_number":2,"approved":{{(approved ? "true" : "false")}},"notes":"looked at it","digest":"d1"}""");
        cli.Out.ShouldContain("now executing");
    }

    [Fact]
    public async Task Decide_WithoutStep_TakesTheOnlyOpenApproval()
    {
        await using var api = (await StandInApi.StartAsync())
            .On("GET /api/v1/executions/7", Samples.Session("waiting_for_approval", approvals: $"[{Samples.Approval(1, "approved")},{Samples.Approval(2)}]"))
            .On("POST /api/v1/executions/7/approve", Samples.Session("waiting_for_approval", approvals: $"[{Samples.Approval(2)}]"));
        using var cli = new CliRun(api);

        (await cli.RunAsync("approve", "7")).ShouldBe(0, cli.Error);

        api.Single("POST", "/api/v1/executions/7/approve").Body.ShouldBe("""{"step_number":2,"approved":true}""");
        cli.Out.ShouldContain("0 vote(s) so far, needs 1 of approver");
    }

    [Fact]
    public async Task Decide_NothingOpen_SaysSo()
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/executions/7", Samples.Session("executing"));
        using var cli = new CliRun(api);

        (await cli.RunAsync("approve", "7")).ShouldBe(1);

        cli.Error.ShouldContain("run 7 is executing; no approval is open");
    }

    [Fact]
    public async Task Approvals_AnOpenOne_ShowsTheWholeCommandAndHowToDecide()
    {
        await using var api = (await StandInApi.StartAsync()).On(
            "GET /api/v1/approvals",
            """
            {"items":[{"approval_id":"appr-7-1","session_id":7,"ticket_id":"INC-1","runbook_id":"rb-x","title":"Clean","step_numbers":[2,3],"commands":["set -eu\nrm -f /work/one\u001b[8m","df -h"],
             "digest":"d","blast_radius":"medium","environment":"dev","quorum":"1 of sre","votes":[],"seconds_left":125,"state":"notified","eligible":false,"ineligible_reason":"self_approval"}],"next_cursor":null}
            """);
        using var cli = new CliRun(api);

        (await cli.RunAsync("approvals")).ShouldBe(0, cli.Error);

        cli.Out.ShouldContain("2:05");
        cli.Out.ShouldContain("self_approval");
        cli.Out.ShouldContain("cavra approve 7 --step 2");
        cli.Out.ShouldContain("  step 2 runs:\n    set -eu\n    rm -f /work/one\\x1b[8m\n  step 3 runs:\n    df -h\n");
    }

    [Fact]
    public async Task List_WithFilters_SendsThemAndShowsTheCursor()
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/executions", $$"""{"items":[{{Samples.Session("failed", "step_failed")}}],"next_cursor":"c/2"}""");
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "list", "--state", "failed", "--ticket", "INC 1", "-n", "5")).ShouldBe(0, cli.Error);

        api.Requests.Single().Path.ShouldBe("/api/v1/executions?limit=5&state=failed&ticket_id=INC%201");
        cli.Out.ShouldContain("step_failed");
        cli.Error.ShouldContain("more: --cursor c/2");
    }

    [Theory]
    [InlineData("completed", 0)]
    [InlineData("failed", 1)]
    [InlineData("cancelled", 3)]
    [InlineData("paused", 4)]
    [InlineData("waiting_for_approval", 4)]
    [InlineData("executing", 5)]
    public async Task Show_WithExitStatus_MirrorsTheState(string state, int code)
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/executions/7", Samples.Session(state));
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "show", "7", "--exit-status")).ShouldBe(code);
        (await cli.RunAsync("run", "show", "7")).ShouldBe(0);
    }

    [Fact]
    public async Task E05_Show_HostileStepName_IsEscaped()
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/executions/7", Samples.Session(stepName: "[red]x[/]\\u001b[2J\\u202e"));
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "show", "7")).ShouldBe(0, cli.Error);

        cli.Out.ShouldContain("[red]x[/]\\x1b[2J\\u202e");
    }

    [Fact]
    public async Task Why_Queued_ShowsEachWorkersFirstFailedRule()
    {
        await using var api = (await StandInApi.StartAsync()).On(
            "GET /api/v1/executions/7/why",
            """{"state":"queued","waiting_for":"a worker","queue_position":2,"next_try_at":null,"workers":[{"worker_id":"w1","state":"idle","fits":false,"rule":"capabilities","detail":"lacks ssh"}],"locks":[{"target":"host:db-1","held_by_session":5}],"approvals":[]}""");
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "why", "7")).ShouldBe(0, cli.Error);

        cli.Out.ShouldContain("lacks ssh");
        cli.Out.ShouldContain("host:db-1 is held by run 5");
    }

    [Fact]
    public async Task Output_ToAFile_IsAsStored_ToATerminal_IsEscaped()
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/executions/7/steps/2/output", "a\u001b[1mß\n");
        using var file = new CliRun(api);
        using var terminal = new CliRun(api) { IsTerminal = true };

        (await file.RunAsync("run", "output", "7", "--step", "2")).ShouldBe(0, file.Error);
        (await terminal.RunAsync("run", "output", "7", "--step", "2", "--stream", "stderr")).ShouldBe(0, terminal.Error);

        file.Out.ShouldBe("a\u001b[1mß\n");
        terminal.Out.ShouldBe("a\\x1b[1mß\n");
        api.Requests.Last().Path.ShouldContain("stream=stderr&offset=0");
    }
}
