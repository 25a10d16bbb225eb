using Cavra.Actors.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded.Tests.Hosting;

internal interface IRaceGrain : IGrainWithStringKey
{
    Task Run(int rounds);

    Task Hear(string from, int round);
}

/// <summary>Does everything that could go its own way: calls, yields, timers, delays on the host's clock, tasks.</summary>
[Reentrant]
internal sealed class RaceGrain(Probe probe, TimeProvider time) : Grain, IRaceGrain
{
    public async Task Run(int rounds)
    {
        var key = this.GetPrimaryKeyString();
        using var timer = this.RegisterGrainTimer(() => Note("timer"), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        for (var i = 0; i < rounds; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(n => GrainFactory.GetGrain<IRaceGrain>($"{n}").Hear(key, i)));
            await Task.Delay(TimeSpan.FromSeconds(1), time);
            await Task.Yield();
        }
    }

    public async Task Hear(string from, int round)
    {
        await Note($"{from} round {round}");
        await Task.Yield();
        await Note($"{from} round {round} again");
    }

    private Task Note(string what)
    {
        probe.Mark($"{time.GetUtcNow():HH:mm:ss} {this.GetPrimaryKeyString()}: {what}");
        return Task.CompletedTask;
    }
}

/// <summary>The whole host on one thread: the seed and nothing else decides the order.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public void SameSeed_TwoRuns_SameOrderToTheLastTurn() => RunWith(7).ShouldBe(RunWith(7));

    [Fact]
    public void DifferentSeeds_Runs_DifferInOrderButNotInContent()
    {
        var (one, other) = (RunWith(1), RunWith(2));
        one.ShouldNotBe(other);
        one.Where(m => m.Contains("round", StringComparison.Ordinal)).Order().ShouldBe(other.Where(m => m.Contains("round", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void DayOfReminders_VirtualTime_PassesWithoutWaiting()
    {
        var time = new ManualTimeProvider();
        var executor = new SeededTurnExecutor(3, time);
        executor.Run(async () =>
        {
            await using var host = await StartAsync(executor, time);
            host.Probe.Gate("tick").Open();
            await host.Grain<Reminders.IAlarmGrain>("a").Set(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
            await Task.Delay(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1), time);
            await host.Host.StopAsync();
            host.Probe.Marks.Length.ShouldBe(288);
        });
    }

    private static string[] RunWith(int seed)
    {
        var time = new ManualTimeProvider();
        var executor = new SeededTurnExecutor(seed, time);
        return executor.Run(async () =>
        {
            await using var host = await StartAsync(executor, time);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => host.Grain<IRaceGrain>($"{i}").Run(5)));
            await host.Host.StopAsync();
            return host.Probe.Marks;
        });
    }

    private static Task<GrainHostFixture> StartAsync(SeededTurnExecutor executor, ManualTimeProvider time) =>
        GrainHostFixture.StartAsync(o => o.TurnsPerQuantum = 1, s => s.AddSingleton<ITurnExecutor>(executor), time);
}
