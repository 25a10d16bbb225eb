using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Testing;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Sessions.SessionGiven;
using static Cavra.Actors.Grains.Sessions.SessionHost;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>Races, each order drawn from a seed and run on one thread.</summary>
public class ExecutionSessionRaceTests
{
    private static readonly Actor Approver = new() { Subject = "anna", Tenant = Demo, Roles = ["approver"] };

    [Fact]
    public async Task A08_CancelAgainstResult_ThousandSeeds_OneWinsAndNothingFollowsTheEnd()
    {
        var (cancelled, completed) = (0, 0);
        for (var seed = 0; seed < 1000; seed++)
        {
            var types = await InAnyOrder(seed, async host =>
            {
                var command = await host.RunningAsync(Steps(1));
                await Task.WhenAll(
                    Drawn(() => host.TellAsync(Result(command))),
                    Drawn(() => host.Session.Execute(new CancelSession("stop") { Actor = Operator })),
                    Drawn(() => host.TellAsync(Result(command))));
            });
            types.Count(EventTypes.IsFinal).ShouldBe(1, $"seed {seed}");
            EventTypes.IsFinal(types[^1]).ShouldBeTrue($"seed {seed}");
            types.Count(t => t is EventTypes.StepCompleted or EventTypes.StepFailed).ShouldBe(1, $"seed {seed}");
            if (types[^1] == EventTypes.SessionCancelled) cancelled++;
            else completed++;
        }

        cancelled.ShouldBeGreaterThan(0);
        completed.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A08_ApproveAgainstReject_OneDecides()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var types = await InAnyOrder(seed, async host =>
            {
                await host.CreateAsync(Steps(1).GatedAt(1));
                var assign = await host.World.Next<AssignFrame>();
                await host.TellAsync(Ack(assign), Preflight(assign));
                var replies = await Task.WhenAll(
                    Reply(() => host.Session.Execute(new DecideStep { Actor = Approver, StepNumber = 1, Approved = true })),
                    Reply(() => host.Session.Execute(new DecideStep { Actor = Approver with { Subject = "bob" }, StepNumber = 1, Approved = false })));
                replies.Single(r => r.Refusal is not null).Refusal!.Code.ShouldBe("already_decided", $"seed {seed}");
            });
            types.Count(t => t == EventTypes.ApprovalResolved).ShouldBe(1, $"seed {seed}");
        }
    }

    [Fact]
    public async Task LossAgainstResultAgainstPause_AnyOrder_TheStepEndsOnce()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var types = await InAnyOrder(seed, async host =>
            {
                var command = await host.RunningAsync(Steps(1));
                await Task.WhenAll(
                    Drawn(() => host.Session.WorkerChanged(WorkerA, command.AssignmentId, lost: true)),
                    Drawn(() => host.TellAsync(Started(command), Result(command))),
                    Drawn(() => host.Session.Execute(new PauseSession("x") { Actor = Operator })));
                await host.Session.Why();
            });
            types.Count(t => t is EventTypes.StepCompleted or EventTypes.StepFailed).ShouldBe(1, $"seed {seed}");
        }
    }

    /// <summary>The call is made at a moment that the seed draws.</summary>
    private static async Task Drawn(Func<Task> call)
    {
        await Task.Yield();
        await call();
    }

    private static async Task<SessionReply> Reply(Func<Task<SessionReply>> call)
    {
        await Task.Yield();
        return await call();
    }

    private static async Task<List<string>> InAnyOrder(int seed, Func<SessionHost, Task> play)
    {
        var time = new ManualTimeProvider(T0);
        var executor = new SeededTurnExecutor(seed, time);
        var host = executor.Run(() => StartAsync(time, executor));
        executor.Run(() => play(host));
        var types = host.Journal.Events(Number).Select(e => e.EventType).ToList();
        host.Host.Crash();
        await host.DisposeAsync();
        return types;
    }
}
