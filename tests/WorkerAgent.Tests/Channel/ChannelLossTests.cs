using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

public sealed class ChannelLossTests : AgentFixture
{
    private const string Counting = "for i in $(seq 1 200); do echo line $i; done; while [ ! -e go ]; do sleep 0.05; done; echo end";

    [Fact]
    public async Task B06_ChannelLostWhileAStepRuns_NothingIsMissingAfterwards()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, Counting));
        await Orchestrator.Assign(assignment);
        Orchestrator.AcknowledgesOutput = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepOutputFrame>();
        await Orchestrator.Cut();
        await Orchestrator.Connected();
        Orchestrator.AcknowledgesOutput = true;
        await Orchestrator.Cut();
        await File.WriteAllTextAsync(Path.Combine(WorkFolder(1), "go"), "");
        await Orchestrator.Connected();
        var result = await Orchestrator.Next<StepResultFrame>();
        result.Status.ShouldBe(StepOutcome.Succeeded);
        var lines = Orchestrator.Output(StandIn.Command(assignment, 1)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldBe([.. Enumerable.Range(1, 200).Select(i => $"line {i}"), "end"]);
        Orchestrator.All.OfType<StepOutputFrame>().Max(frame => frame.StreamSeq).ShouldBe(result.LastStreamSeq);
        Orchestrator.All.OfType<StepStartedFrame>().DistinctBy(frame => frame.MessageId).Count().ShouldBe(1);
    }

    [Fact]
    public async Task ResultNotAcknowledged_IsSentAgainUntilItIs()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo x"));
        await Orchestrator.Assign(assignment);
        Orchestrator.Acknowledges = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        var first = await Orchestrator.Next<StepResultFrame>();
        await Orchestrator.Cut();
        var again = await Orchestrator.Next<StepResultFrame>();
        (again.MessageId, again.IdempotencyKey).ShouldBe((first.MessageId, first.IdempotencyKey));
        Orchestrator.Acknowledges = true;
        await Orchestrator.Cut();
        await Orchestrator.Next<StepResultFrame>();
        await Orchestrator.Send(StandIn.Cancel(assignment));
        await Orchestrator.Next<AckFrame>();
        await Orchestrator.Cut();
        await Orchestrator.Connected();
        await Orchestrator.Send(StandIn.Cancel(assignment));
        await Orchestrator.Next<AckFrame>();
        Orchestrator.All.OfType<StepResultFrame>().Count().ShouldBe(3);
    }

    [Fact]
    public async Task OutputNotAcknowledged_HoldsTheStepAtTheBound()
    {
        await Start();
        // Each write is one chunk of its own: streams alternate.
        const string script = "i=0; while [ $i -lt 400 ]; do echo o; echo e >&2; i=$((i+1)); done; touch finished";
        var assignment = StandIn.Assignment(1, StandIn.Step(1, script + "; yes | head -c 20000000"));
        await Orchestrator.Assign(assignment);
        Orchestrator.AcknowledgesOutput = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        StepOutputFrame last;
        do
            last = await Orchestrator.Next<StepOutputFrame>();
        while (last.StreamSeq < 100);
        await Orchestrator.Heartbeats.Reader.ReadAsync();
        Orchestrator.All.OfType<StepOutputFrame>().Count().ShouldBeLessThanOrEqualTo(Outbox.RunFrames);
        Orchestrator.All.OfType<StepResultFrame>().ShouldBeEmpty();
        Orchestrator.AcknowledgesOutput = true;
        await Orchestrator.Cut();
        var result = await Orchestrator.Next<StepResultFrame>();
        result.Status.ShouldBe(StepOutcome.Succeeded, result.Detail);
        Orchestrator.Output(StandIn.Command(assignment, 1)).Length.ShouldBe(1600 + 20_000_000);
    }

    [Fact]
    public async Task OrchestratorForgotTheWorker_ItRegistersAgain()
    {
        await Start();
        Orchestrator.Knows = false;
        await Orchestrator.Heartbeats.Reader.ReadAsync();
        using var limit = new CancellationTokenSource(StandIn.Generous);
        while (Orchestrator.Registrations < 2)
            await Orchestrator.Heartbeats.Reader.ReadAsync(limit.Token);
        Orchestrator.Knows.ShouldBeTrue();
    }

    [Fact]
    public async Task B05_CommandThatWaitedWhileTheWorkerWasFrozen_IsNotStarted()
    {
        Stepped = new SteppedClock();
        var server = await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "touch ran"), StandIn.Step(2, "true"));
        await Orchestrator.Assign(assignment);
        await Orchestrator.Heartbeats.Reader.ReadAsync();
        // As after SIGSTOP and SIGCONT: the lease is long over, the command lies in the socket, the orchestrator has moved on.
        server.Reachable = false;
        Stepped.Step(TimeSpan.FromMinutes(5));
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Send(StandIn.Command(assignment with { AssignmentId = new("asg-9-9") }, 1));
        (await Orchestrator.Next<AckFrame>()).Code.ShouldBe("stale_assignment");
        Orchestrator.Revoked = [assignment.AssignmentId];
        server.Reachable = true;
        using var limit = new CancellationTokenSource(StandIn.Generous);
        while ((await Orchestrator.Heartbeats.Reader.ReadAsync(limit.Token)).CurrentLoad != 0)
        {
            // Not heard yet.
        }

        Orchestrator.All.OfType<StepStartedFrame>().ShouldBeEmpty();
        Orchestrator.All.OfType<StepResultFrame>().ShouldAllBe(result => result.AssignmentId != assignment.AssignmentId);
    }

    [Fact]
    public async Task Crash_WhileAStepRuns_IsReportedAsUnknownAndNeverRunAgain()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo run >>note; sleep 60"), StandIn.Step(2, "cat note"));
        await Orchestrator.Assign(assignment);
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepStartedFrame>();
        await WaitForFile(Path.Combine(WorkFolder(1), "note"));
        await Restart();

        var unknown = await Orchestrator.Next<StepResultFrame>();
        (unknown.Status, unknown.Reason, unknown.LastStreamSeq).ShouldBe((StepOutcome.Unknown, StepReason.WorkerLost, 0));
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        (await Orchestrator.Next<StepResultFrame>()).Status.ShouldBe(StepOutcome.Unknown);
        // The assignment and its folder are still there: the session goes on.
        await Orchestrator.Send(StandIn.Command(assignment, 2));
        (await Orchestrator.Next<StepResultFrame>()).Stdout.ShouldBe("run\n");
    }

    [Fact]
    public async Task Crash_BeforeTheResultWasAcknowledged_ReportsItAgain()
    {
        await Start();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "echo run >>note; wc -l <note"));
        await Orchestrator.Assign(assignment);
        Orchestrator.Acknowledges = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepResultFrame>();
        await Restart();
        var again = await Orchestrator.Next<StepResultFrame>();
        (again.Status, again.Stdout, again.LastStreamSeq, again.Truncated).ShouldBe((StepOutcome.Succeeded, "1\n", 0, true));
    }

    private static async Task WaitForFile(string path)
    {
        using var limit = new CancellationTokenSource(StandIn.Generous);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!File.Exists(path))
            await tick.WaitForNextTickAsync(limit.Token);
    }
}
