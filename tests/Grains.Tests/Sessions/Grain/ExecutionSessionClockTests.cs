using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Sessions.SessionGiven;
using static Cavra.Actors.Grains.Sessions.SessionHost;

namespace Cavra.Actors.Grains.Sessions;

public class ExecutionSessionClockTests
{
    [Fact]
    public async Task B01_NoAckInFiveSeconds_QueuedAgainAndAssignedAgainAfterTheBackoff()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1));
        var first = await host.World.Next<AssignFrame>();

        host.Time.Advance(TimeSpan.FromSeconds(5));
        await host.Journal.UntilType(Number, EventTypes.SessionAssignmentFailed);
        await host.Session.Why();
        (await host.TellAsync(Ack(first))).ShouldHaveSingleItem().Code.ShouldBe("stale_assignment");
        host.Time.Advance(TimeSpan.FromSeconds(5));

        (await host.World.Next<AssignFrame>()).Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task AckedButNoPreflight_TheAckDeadlineDoesNotCount()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1));
        var assign = await host.World.Next<AssignFrame>();
        await host.TellAsync(Ack(assign));

        host.Time.Advance(TimeSpan.FromSeconds(30));
        await host.Session.Why();
        (await host.TellAsync(Preflight(assign))).ShouldHaveSingleItem().Accepted.ShouldBeTrue();

        (await host.Session.View())!.State.ShouldBe(SessionState.Executing);
    }

    [Fact]
    public async Task B04_RestartPastTheAckDeadline_TheWorkerGetsAFullGrace()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1));
        await host.World.Next<AssignFrame>();
        host.Time.Advance(TimeSpan.FromSeconds(4));
        await host.RestartAsync();
        host.Time.Advance(TimeSpan.FromSeconds(4));

        await host.Session.Nudge();
        var again = await host.World.Next<AssignFrame>();
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await host.Session.Why();

        (await host.TellAsync(Ack(again), Preflight(again))).ShouldAllBe(r => r.Accepted);
        (await host.Session.View())!.State.ShouldBe(SessionState.Executing);
    }

    [Fact]
    public async Task Restart_WhileAStepRuns_TheCommandIsSentAgainAndTheResultTaken()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));
        await host.TellAsync(Started(command));
        await host.RestartAsync();

        await host.Session.Nudge();

        var again = await host.World.Next<CommandFrame>();
        again.IdempotencyKey.ShouldBe(command.IdempotencyKey);
        (await host.TellAsync(Result(again))).ShouldHaveSingleItem().Accepted.ShouldBeTrue();
        (await host.Session.View())!.State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public async Task LongWait_GetsAReminderAfterTwoSecondsAndLosesItAtTheEnd()
    {
        await using var host = await StartAsync();
        host.World.Offered = null;
        await host.CreateAsync(Steps(1));
        await host.Session.Why();
        host.Reminders.Count.ShouldBe(0);

        host.Time.Advance(TimeSpan.FromSeconds(2));
        await host.Session.Why();
        host.Reminders.Count.ShouldBe(1);
        await host.Session.Execute(new CancelSession("x") { Actor = Operator });
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Session.Why();

        host.Reminders.Count.ShouldBe(0);
    }

    [Fact]
    public async Task QueueTimeout_WithoutAnyWorker_FailsAtItsInstant()
    {
        await using var host = await StartAsync();
        host.World.Offered = null;
        await host.CreateAsync(Steps(1));
        host.Time.Advance(TimeSpan.FromSeconds(2));
        await host.Session.Why();

        host.Time.Advance(TimeSpan.FromMinutes(30));

        await host.Journal.UntilType(Number, EventTypes.SessionFailed);
        (await host.Session.Why())!.State.ShouldBe(SessionState.Failed);
    }

    [Fact]
    public async Task WorkerRoomAgain_NudgeAssigns()
    {
        await using var host = await StartAsync();
        host.World.Offered = null;
        await host.CreateAsync(Steps(1));
        host.World.Offered = WorkerA;

        await host.Session.Nudge();

        (await host.World.Next<AssignFrame>()).Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task DispatcherForgotTheSession_AsksAgainWithinAMinute()
    {
        await using var host = await StartAsync();
        host.World.Offered = null;
        await host.CreateAsync(Steps(1));
        host.World.Offered = WorkerA;

        for (var second = 0; second < 60; second += 2)
        {
            host.Time.Advance(TimeSpan.FromSeconds(2));
            await host.Session.Why();
        }

        (await host.World.Next<AssignFrame>()).Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task ChannelClosedThenOpenAgain_TheFrameIsSentThen()
    {
        await using var host = await StartAsync();
        host.World.ChannelOpen = false;
        await host.CreateAsync(Steps(1));
        host.World.ChannelOpen = true;

        await host.Session.WorkerChanged(WorkerA, Cavra.Actors.Identity.AssignmentId.For(Number, 1), lost: false);

        (await host.World.Next<AssignFrame>()).AssignmentId.Value.ShouldBe("asg-7-1");
    }

    [Fact]
    public async Task WorkerLostMidStep_PausesAndTheOldWorkerIsToldToStop()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));

        await host.Session.WorkerChanged(WorkerA, command.AssignmentId, lost: true);
        await host.Journal.UntilType(Number, EventTypes.SessionPaused);

        (await host.World.Next<CancelFrame>()).AssignmentId.ShouldBe(command.AssignmentId);
        host.Journal.Commits[^1].Outbox.ShouldContain(o => o.EventType == "worker.lost");
        (await host.TellAsync(Result(command))).ShouldHaveSingleItem().Code.ShouldBe("stale_assignment");
        (await host.Session.View())!.Steps[0].Outcome.ShouldBe(StepOutcome.Succeeded);
    }
}
