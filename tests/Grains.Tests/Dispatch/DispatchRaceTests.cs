using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Identity;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Dispatch.DispatchGiven;

namespace Cavra.Actors.Grains.Dispatch;

/// <summary>Whole clusters under a seeded scheduler: any failure comes again from its seed.</summary>
public class DispatchRaceTests
{
    private const int Sessions = 12;

    [Fact]
    public async Task ManySessionsFewPlacesTwoDispatchers_AnyOrder_EveryoneIsServedAndNothingIsLeftOver()
    {
        for (var seed = 0; seed < 150; seed++) (await GrainsHost.Seeded(seed, host => Serve(host, seed))).ShouldBe(Sessions);
    }

    private static async Task<int> Serve(GrainsHost host, int seed)
    {
        var random = new Random(seed);
        var channels = new[] { await host.Connect("w1"), await host.Connect("w2", 2) };
        var keepAlive = KeepAlive(host);

        var served = await Task.WhenAll(Enumerable.Range(1, Sessions).Select(s => Live(host, s, s % 3 == 0 ? "demo/dev2" : "demo/dev", random.Next(0, 4) == 0)));

        // The clock moves only when nothing can run: had anyone been forgotten, the housekeeping would have found him after five seconds.
        (host.Time.GetUtcNow() - host.Time.Start).ShouldBeLessThan(TimeSpan.FromSeconds(5), $"seed {seed}");
        foreach (var id in new[] { "w1", "w2" })
        {
            var view = (await host.Worker(id).View())!;
            view.Assignments.ShouldBeEmpty($"seed {seed}");
        }

        await keepAlive;
        GC.KeepAlive(channels);
        return served.Length;
    }

    /// <summary>One session: asks until it has a worker, uses it (or withdraws and asks once more), gives it back.</summary>
    private static async Task<int> Live(GrainsHost host, int session, string key, bool changesItsMind)
    {
        var fence = 1;
        while (true)
        {
            var reply = await host.Dispatch(key).Request(Request(session, fence));
            if (reply.Worker is { } worker)
            {
                var assignment = AssignmentId.For(new(session), fence);
                if (changesItsMind)
                {
                    changesItsMind = false;
                    await host.Dispatch(key).Withdraw(new(session));
                    fence++;
                    continue;
                }

                (await host.Worker(worker.Value).Deliver(new StepStartedFrame { SessionId = new(session), AssignmentId = assignment, StepNumber = 1 })).ShouldBeTrue();
                var view = (await host.Worker(worker.Value).View())!;
                view.CurrentLoad.ShouldBeLessThanOrEqualTo(view.MaxConcurrency);
                await host.Worker(worker.Value).Release(assignment);
                return session;
            }

            await host.Sessions.Nudges(session).WaitAsync();
        }
    }

    /// <summary>Heartbeats and pongs for the virtual minutes that a run may take.</summary>
    private static async Task KeepAlive(GrainsHost host)
    {
        for (var i = 0; i < 20; i++)
        {
            foreach (var id in new[] { "w1", "w2" })
            {
                await host.Worker(id).Heartbeat(Workers.WorkerGiven.Beat());
                await host.Worker(id).ChannelAlive("c-" + id, 1);
            }

            var next = new TaskCompletionSource();
            await using var timer = host.Time.CreateTimer(_ => next.SetResult(), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
            await next.Task;
        }
    }
}
