namespace Cavra.Actors.Embedded.Tests.Scheduling;

/// <summary>Every queue has a bound and every wait an end: the mailbox refuses, the caller times out.</summary>
public sealed class LimitTests
{
    private static ITurnGrain Grain(GrainHostFixture host) => host.Host.GetGrain<ITurnGrain>("a", typeof(TurnGrain).FullName);

    [Fact]
    public async Task MailboxIsFull_OneMoreCall_IsRefusedAndTheRestRuns()
    {
        await using var host = await GrainHostFixture.StartAsync(o => o.MailboxLimit = 3);
        var first = Grain(host).Wait("g");
        await host.Probe.Gate("g").Arrived();
        Task[] queued = [Grain(host).Mark("1"), Grain(host).Mark("2"), Grain(host).Mark("3")];
        var error = await Should.ThrowAsync<GrainOverloadedException>(() => Grain(host).Mark("4"));
        error.Message.ShouldContain("turn/a");
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll([first, .. queued]));
        host.Probe.Marks.ShouldBe(["g begins", "g ends", "1", "2", "3"]);
    }

    [Fact]
    public async Task RunningCall_TimeoutPasses_CallerGetsTimeoutAtThatVeryInstant()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var call = Grain(host).Wait("g");
        await host.Probe.Gate("g").Arrived();
        host.Time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromMilliseconds(1));
        call.IsCompleted.ShouldBeFalse();
        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        var error = await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(() => call));
        error.Message.ShouldContain("30 s");
        error.Message.ShouldContain("ITurnGrain.Wait(a)");
        error.Message.ShouldContain("not known");
    }

    [Fact]
    public async Task QueuedCall_TimeoutPasses_ItNeverRunsAndTheMessageNamesWhatWasInTheWay()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var first = Grain(host).Wait("g");
        await host.Probe.Gate("g").Arrived();
        host.Time.Advance(TimeSpan.FromSeconds(10));
        var queued = Grain(host).Mark("never");
        host.Time.Advance(TimeSpan.FromSeconds(20));
        await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(() => first));
        queued.IsCompleted.ShouldBeFalse();
        host.Time.Advance(TimeSpan.FromSeconds(10));
        var error = await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(() => queued));
        error.Message.ShouldContain("busy with ITurnGrain.Wait(a)");
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Grain(host).Mark("after"));
        host.Probe.Marks.ShouldBe(["g begins", "g ends", "after"]);
    }

    [Fact]
    public async Task ChainedCall_TimeoutPasses_MessageNamesTheChain()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var busy = host.Host.GetGrain<ITurnGrain>("b", typeof(TurnGrain).FullName).Wait("g");
        await host.Probe.Gate("g").Arrived();
        host.Time.Advance(TimeSpan.FromSeconds(1));
        var chain = Grain(host).CallBack("b", allowReentrancy: false);
        await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(async () =>
        {
            while (!busy.IsCompleted)
            {
                host.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            await busy;
        }));
        while (!chain.IsCompleted)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var error = await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(() => chain));
        error.Message.ShouldContain("ITurnGrain.CallBack(a)");
    }

    [Fact]
    public async Task CallsThatEnd_ManyTimeoutsLater_LeaveNoTimerSet()
    {
        await using var host = await GrainHostFixture.StartAsync(o => o.ReminderPollInterval = TimeSpan.FromDays(1));
        await Grain(host).Mark("1");
        host.Time.Advance(TimeSpan.FromSeconds(31));
        // What is left: idle collection once a minute.
        (host.Time.NextDue - host.Time.GetUtcNow()).ShouldBe(TimeSpan.FromSeconds(29));
    }
}
