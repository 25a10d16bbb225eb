using Cavra.Actors.Cli.Tests.StandIn;

namespace Cavra.Actors.Cli.Tests.Runs;

public sealed class RunWatchTests
{
    private const string Session = "GET /api/v1/executions/7";

    [Fact]
    public async Task Watch_ARunToItsEnd_ShowsStepsAndOutput_AndMirrorsTheOutcome()
    {
        EventConnection? seen = null;
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("queued", lastEvent: 1))
            .On(Session, Samples.Session("completed", lastEvent: 7))
            .OnEvents(async connection =>
            {
                seen = connection;
                await connection.SendAsync(Samples.Event(1, "session.queued", """{"from":null,"to":"queued"}"""));
                await connection.SendAsync(Samples.Event(2, "session.assigned", """{"worker_id":"local-1","to":"assigning_worker"}"""));
                await connection.SendAsync(Samples.Event(3, "execution.step.started", step: 1));
                await connection.SendAsync(Samples.Output(4, 1, "Filesystem\nno\u001b[31m end"));
                await connection.SendAsync(Samples.Event(5, "execution.step.completed", """{"execution_ms":12,"exit_code":0}""", 1));
                await connection.SendAsync(Samples.Event(6, "approval.requested", """{"step_numbers":[2],"quorum":"1 of approver"}""", 2));
                await connection.SendAsync(Samples.Event(7, "session.completed", """{"from":"executing","to":"completed"}"""));
                await connection.CloseAsync(1000);
            });
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "watch", "7", "--exit-status")).ShouldBe(0, cli.Error);

        seen!.Path.ShouldBe("/ws/executions/7");
        seen.Token.ShouldBe("token-of-the-test");
        var lines = cli.Out.Split('\n');
        lines.ShouldContain(l => l.EndsWith("assigned to local-1"));
        lines.ShouldContain(l => l.EndsWith("step 1 Look: started"));
        lines.ShouldContain("  1| Filesystem");
        lines.ShouldContain("  1| no\\x1b[31m end");
        lines.ShouldContain(l => l.EndsWith("step 1 Look: succeeded, 12 ms"));
        lines.ShouldContain(l => l.EndsWith("step 2 waits for approval (1 of approver): cavra approve 7 --step 2"));
        lines.ShouldContain("run 7 completed, 1 of 2 steps succeeded");
    }

    [Fact]
    public async Task Watch_ConnectionBreaks_GoesOnAfterTheLastEventSeen_WithNothingTwice()
    {
        var resumed = new List<string>();
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("executing", lastEvent: 2))
            .OnEvents(async connection =>
            {
                resumed.Add(connection.LastEventId);
                await connection.SendAsync(Samples.Output(1, 1, "one\n"));
                await connection.SendAsync(Samples.Output(2, 1, "two\n"));
                await connection.CloseAsync(1001);
            })
            .OnEvents(async connection =>
            {
                resumed.Add(connection.LastEventId);
                await connection.SendAsync(Samples.Output(2, 1, "two\n"));
                await connection.SendAsync(Samples.Output(3, 1, "three\n"));
                await connection.SendAsync(Samples.Event(4, "session.failed", """{"to":"failed","reason":"step_failed"}"""));
                await connection.CloseAsync(1000);
            });
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "watch", "7", "--exit-status")).ShouldBe(1, cli.Error);

        resumed.ShouldBe(["0", "2"]);
        cli.Out.Split('\n').Where(l => l.Contains("| ")).ShouldBe(["  1| one", "  1| two", "  1| three"]);
        cli.Out.ShouldContain("run 7 failed (step_failed)");
    }

    [Fact]
    public async Task Watch_GapInTheStream_AsksAgainFromBeforeTheGap()
    {
        var resumed = new List<string>();
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("executing", lastEvent: 3))
            .OnEvents(async connection =>
            {
                resumed.Add(connection.LastEventId);
                await connection.SendAsync(Samples.Output(1, 1, "one\n"));
                await connection.SendAsync(Samples.Output(3, 1, "three\n"));
                await connection.UntilClosedAsync();
            })
            .OnEvents(async connection =>
            {
                resumed.Add(connection.LastEventId);
                await connection.SendAsync(Samples.Output(2, 1, "two\n"));
                await connection.SendAsync("""{"event":"stream.gap","resume_from":2}""");
                await connection.CloseAsync(1013);
            })
            .OnEvents(async connection =>
            {
                resumed.Add(connection.LastEventId);
                await connection.SendAsync(Samples.Output(3, 1, "three\n"));
                await connection.SendAsync(Samples.Event(4, "session.cancelled", """{"to":"cancelled","reason":"cancelled_by_operator"}"""));
                await connection.CloseAsync(1000);
            });
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "watch", "7", "--exit-status")).ShouldBe(3, cli.Error);

        resumed.ShouldBe(["0", "1", "2"]);
        cli.Out.Split('\n').Where(l => l.Contains("| ")).ShouldBe(["  1| one", "  1| two", "  1| three"]);
    }

    [Fact]
    public async Task Watch_CtrlC_LeavesTheRunGoing_AndSaysSo()
    {
        using var stop = new CancellationTokenSource();
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("executing", lastEvent: 1))
            .OnEvents(async connection =>
            {
                await connection.SendAsync(Samples.Output(1, 1, "one\n"));
                await stop.CancelAsync();
                await connection.UntilClosedAsync();
            });
        using var cli = new CliRun(api) { Stop = stop.Token };

        (await cli.RunAsync("run", "watch", "7", "--exit-status")).ShouldBe(5);

        cli.Error.ShouldContain("run 7 goes on");
        api.Requests.ShouldAllBe(r => r.Method == "GET");
    }

    [Fact]
    public async Task Watch_PausedWithExitStatus_EndsWithFourAndNamesTheDirectives()
    {
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("executing", lastEvent: 1))
            .On(Session, Samples.Session("paused", "step_failed", lastEvent: 2))
            .OnEvents(async connection =>
            {
                await connection.SendAsync(Samples.Event(1, "execution.step.started", step: 1));
                await connection.SendAsync(Samples.Event(2, "session.paused", """{"to":"paused","reason":"step_failed"}"""));
                await connection.UntilClosedAsync();
            });
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "watch", "7", "--exit-status")).ShouldBe(4, cli.Error);

        cli.Out.ShouldContain("cavra run directive 7 retry|resume|rollback|cancel");
    }

    [Theory]
    [InlineData(4401, "unauthorized")]
    [InlineData(4404, "not_found")]
    [InlineData(4400, "refused the event stream")]
    public async Task Watch_ServerRefusesTheStream_SaysWhyAndDoesNotTryAgain(int close, string says)
    {
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("executing"))
            .OnEvents(connection => connection.CloseAsync(close));
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "watch", "7")).ShouldBe(1);

        cli.Error.ShouldContain(says);
    }

    [Fact]
    public async Task Watch_NoConnectionForLong_GivesUpAfterABoundedNumberOfTries()
    {
        await using var api = (await StandInApi.StartAsync()).On(Session, Samples.Session("executing"));
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "watch", "7")).ShouldBe(1);

        cli.Waits.Count.ShouldBe(60);
        cli.Waits.Max().ShouldBe(TimeSpan.FromSeconds(5));
        cli.Error.ShouldContain("The run goes on");
    }

    [Fact]
    public async Task Start_WatchedAsJson_PrintsOneEventPerLineAndNothingElse()
    {
        await using var api = (await StandInApi.StartAsync())
            .On("POST /api/v1/executions", Samples.Session(), 201)
            .On(Session, Samples.Session("queued", lastEvent: 1))
            .On(Session, Samples.Session("completed", lastEvent: 2))
            .OnEvents(async connection =>
            {
                await connection.SendAsync(Samples.Output(1, 1, "\u202e"));
                await connection.SendAsync(Samples.Event(2, "session.completed", """{"to":"completed"}"""));
                await connection.CloseAsync(1000);
            });
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "start", "rb-x", "--ticket", "INC-1", "--watch", "-o", "json")).ShouldBe(0, cli.Error);

        var lines = cli.Out.TrimEnd('\n').Split('\n');
        lines.Length.ShouldBe(2);
        lines[0].ShouldContain("\\u202E");
        lines.ShouldAllBe(l => l.StartsWith("{\"event\":"));
    }

    [Fact]
    public async Task Watch_OnATerminal_ShowsOutputAndTheStepList()
    {
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("queued", lastEvent: 1))
            .On(Session, Samples.Session("completed", lastEvent: 3))
            .OnEvents(async connection =>
            {
                await connection.SendAsync(Samples.Event(1, "execution.step.started", step: 1));
                await connection.SendAsync(Samples.Output(2, 1, "[bold]not markup[/]\n"));
                await connection.SendAsync(Samples.Event(3, "session.completed", """{"to":"completed"}"""));
                await connection.CloseAsync(1000);
            });
        using var cli = new CliRun(api) { IsTerminal = true };

        (await cli.RunAsync("run", "watch", "7")).ShouldBe(0, cli.Error);

        cli.Out.ShouldContain("[bold]not markup[/]");
        cli.Out.ShouldContain("Clean");
        cli.Out.ShouldContain("run 7 completed");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Watch_OnATerminalWithoutRoom_WritesPlainLines(int height)
    {
        await using var api = (await StandInApi.StartAsync())
            .On(Session, Samples.Session("queued", lastEvent: 1))
            .On(Session, Samples.Session("completed", lastEvent: 2))
            .OnEvents(async connection =>
            {
                await connection.SendAsync(Samples.Output(1, 1, "one line\n"));
                await connection.SendAsync(Samples.Event(2, "session.completed", """{"to":"completed"}"""));
                await connection.CloseAsync(1000);
            });
        using var cli = new CliRun(api) { IsTerminal = true, Height = height };

        (await cli.RunAsync("run", "watch", "7")).ShouldBe(0, cli.Error);

        cli.Out.ShouldContain("one line");
        cli.Out.ShouldContain("run 7 completed");
    }
}
