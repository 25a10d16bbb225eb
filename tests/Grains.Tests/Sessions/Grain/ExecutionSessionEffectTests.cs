using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Testing;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Sessions.SessionGiven;
using static Cavra.Actors.Grains.Sessions.SessionHost;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>Effects that the simulator found missing or repeated without end (docs/simulation.md).</summary>
public class ExecutionSessionEffectTests
{
    private static readonly Actor Approver = new() { Subject = "anna", Tenant = Demo, Roles = ["approver"] };

    [Fact]
    public async Task TaskDecidedUnheard_ALateVoteTellsIt_TheCommandGoesOutAtOnce()
    {
        await using var host = await StartAsync();
        await WaitingAsync(host, Steps(1).GatedAt(1));
        Decide(host);

        var late = await host.Session.Execute(new DecideStep { Actor = Approver, StepNumber = 1, Approved = true });

        late.Refusal!.Code.ShouldBe("already_decided");
        (await host.World.Next<CommandFrame>()).StepNumber.ShouldBe(1);
    }

    [Fact]
    public async Task TaskDecidedUnheard_ALateVoteEndsTheSession_TheWorkersPlaceIsGivenBack()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1).GatedOver(2, 1));
        await host.TellAsync(Result(command));
        Decide(host);

        await host.Session.Execute(new DecideStep { Actor = Approver, StepNumber = 1, Approved = true });

        (await host.Session.View())!.State.ShouldBe(SessionState.Completed);
        await host.World.Called("release asg-7-1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReminderTableAwayForAMinute_AskedAboutOnceASecond(bool ended)
    {
        var time = new ManualTimeProvider(T0);
        var executor = new SeededTurnExecutor(1, time);
        var host = executor.Run(() => StartAsync(time, executor));
        executor.Run(async () =>
        {
            await WaitingAsync(host, Steps(1).GatedAt(1));
            if (ended) await Task.Delay(TimeSpan.FromSeconds(5), time);
            host.Reminders.Down = true;
            if (ended) await host.Session.Execute(new CancelSession("x") { Actor = Operator });
            await Task.Delay(TimeSpan.FromMinutes(1), time);
            host.Reminders.Refused.ShouldBeInRange(10, 130);
            host.Reminders.Down = false;
            await Task.Delay(TimeSpan.FromSeconds(10), time);
            host.Reminders.Count.ShouldBe(ended ? 0 : 1);
        });
        host.Host.Crash();
    }

    [Fact]
    public void StoreAwayForAMinute_AskedAboutOnceASecond()
    {
        var time = new ManualTimeProvider(T0);
        var executor = new SeededTurnExecutor(1, time);
        var host = executor.Run(() => StartAsync(time, executor));
        executor.Run(async () =>
        {
            await WaitingAsync(host, Steps(1).GatedAt(1));
            host.Journal.Down = host.Reminders.Down = true;
            (await host.Session.Execute(new CancelSession("x") { Actor = Operator })).Refusal!.Code.ShouldBe("unavailable");
            var before = executor.Steps;
            await Task.Delay(TimeSpan.FromMinutes(1), time);
            (executor.Steps - before).ShouldBeInRange(50, 2000);
        });
        host.Host.Crash();
    }

    private static async Task WaitingAsync(SessionHost host, SessionPlan plan)
    {
        await host.CreateAsync(plan);
        var assign = await host.World.Next<AssignFrame>();
        await host.TellAsync(Ack(assign), Preflight(assign));
        (await host.Session.View())!.State.ShouldBe(SessionState.WaitingForApproval);
    }

    /// <summary>The vote that decided was answered with an unknown outcome, and the nudge was lost.</summary>
    private static void Decide(SessionHost host)
    {
        foreach (var (id, task) in host.World.Tasks)
        {
            var vote = new ApprovalVote("ben", "approver", true, null, host.Time.GetUtcNow()) { Held = ["approver"] };
            host.World.Tasks[id] = task with { State = ApprovalState.Approved, Votes = [vote], ResolvedAt = host.Time.GetUtcNow() };
        }
    }
}
