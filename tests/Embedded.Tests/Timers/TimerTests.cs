namespace Cavra.Actors.Embedded.Tests.Timers;

internal interface ITimerGrain : IGrainWithStringKey
{
    Task Start(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive);

    Task StartBlocking(string gate);

    Task StartFailing();

    Task ChangeTo(TimeSpan due, TimeSpan period);

    Task Stop();

    Task Wait(string gate);

    Task<int> Ticks();
}

internal sealed class TimerGrain(Probe probe) : Grain, ITimerGrain
{
    private IGrainTimer? _timer;
    private int _ticks;

    public Task Start(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive)
    {
        _timer = this.RegisterGrainTimer(
            static (self, _) => self.Tick(), this, new GrainTimerCreationOptions(due, period) { Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task StartBlocking(string gate)
    {
        _timer = this.RegisterGrainTimer(
            async () =>
            {
                _ticks++;
                await probe.Gate(gate).Pass();
            },
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }

    public Task StartFailing()
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                _ = probe.Gate($"tick {++_ticks}").Pass();
                throw new InvalidOperationException("tick");
            },
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }

    public Task ChangeTo(TimeSpan due, TimeSpan period)
    {
        _timer!.Change(due, period);
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public async Task Wait(string gate) => await probe.Gate(gate).Pass();

    public Task<int> Ticks() => Task.FromResult(_ticks);

    private Task Tick()
    {
        probe.Mark($"tick {++_ticks}");
        return probe.Gate($"ticked {_ticks}").Pass();
    }
}

/// <summary>Orleans: a tick is a turn of its activation, waits for its calls unless told to interleave, and its period runs from its end.</summary>
public sealed class TimerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static GrainHostFixture WithOpenGates(GrainHostFixture host)
    {
        for (var i = 1; i < 10; i++)
            host.Probe.Gate($"ticked {i}").Open();
        return host;
    }

    [Fact]
    public async Task TimerDue_NoCallRuns_TicksOncePerPeriod()
    {
        await using var host = WithOpenGates(await GrainHostFixture.StartAsync());
        var grain = host.Grain<ITimerGrain>("a");
        await grain.Start(2 * Second, Second, interleave: false, keepAlive: false);
        host.Time.Advance(2 * Second - TimeSpan.FromTicks(1));
        (await grain.Ticks()).ShouldBe(0);
        host.Time.Advance(TimeSpan.FromTicks(1));
        await host.Probe.Gate("ticked 1").Arrived();
        (await grain.Ticks()).ShouldBe(1);
        host.Time.Advance(Second);
        await host.Probe.Gate("ticked 2").Arrived();
    }

    [Fact]
    public async Task CallAwaits_TimerDue_TickWaitsForIt()
    {
        await using var host = WithOpenGates(await GrainHostFixture.StartAsync());
        var grain = host.Grain<ITimerGrain>("a");
        await grain.Start(Second, Timeout.InfiniteTimeSpan, interleave: false, keepAlive: false);
        var call = grain.Wait("g");
        await host.Probe.Gate("g").Arrived();
        host.Time.Advance(Second);
        host.Probe.Marks.ShouldBeEmpty();
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(call);
        await host.Probe.Gate("ticked 1").Arrived();
    }

    [Fact]
    public async Task CallAwaits_InterleavingTimerDue_TicksNow()
    {
        await using var host = WithOpenGates(await GrainHostFixture.StartAsync());
        var grain = host.Grain<ITimerGrain>("a");
        await grain.Start(Second, Timeout.InfiniteTimeSpan, interleave: true, keepAlive: false);
        var call = grain.Wait("g");
        await host.Probe.Gate("g").Arrived();
        host.Time.Advance(Second);
        await host.Probe.Gate("ticked 1").Arrived();
        call.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task TickAwaits_PeriodPasses_NoSecondTickUntilOnePeriodAfterItsEnd()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<ITimerGrain>("a");
        await grain.StartBlocking("g");
        host.Time.Advance(Second);
        await host.Probe.Gate("g").Arrived();
        host.Time.Advance(5 * Second);
        host.Probe.Gate("g").Open();
        (await GrainHostFixture.Soon(grain.Ticks())).ShouldBe(1);
        host.Time.Advance(Second);
        await host.Probe.Gate("g").Arrived();
        (await grain.Ticks()).ShouldBe(2);
    }

    [Fact]
    public async Task TickFails_PeriodPasses_TicksAgain()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<ITimerGrain>("a");
        await grain.StartFailing();
        host.Time.Advance(Second);
        await host.Probe.Gate("tick 1").Arrived();
        await grain.Ticks();
        host.Time.Advance(Second);
        await host.Probe.Gate("tick 2").Arrived();
    }

    [Fact]
    public async Task TimerChanged_NewTimePasses_TicksThen()
    {
        await using var host = WithOpenGates(await GrainHostFixture.StartAsync());
        var grain = host.Grain<ITimerGrain>("a");
        await grain.Start(Second, Second, interleave: false, keepAlive: false);
        await grain.ChangeTo(5 * Second, Timeout.InfiniteTimeSpan);
        host.Time.Advance(4 * Second);
        (await grain.Ticks()).ShouldBe(0);
        host.Time.Advance(Second);
        await host.Probe.Gate("ticked 1").Arrived();
    }

    [Fact]
    public async Task TimerDisposed_TimePasses_NeverTicks()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<ITimerGrain>("a");
        await grain.Start(Second, Second, interleave: false, keepAlive: false);
        await grain.Stop();
        host.Time.Advance(10 * Second);
        (await grain.Ticks()).ShouldBe(0);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task TimerTicksOnly_CollectionAgePasses_ActivationStaysOnlyWithKeepAlive(bool keepAlive, int left)
    {
        await using var host = WithOpenGates(await GrainHostFixture.StartAsync());
        await host.Grain<ITimerGrain>("a").Start(TimeSpan.FromMinutes(14), Timeout.InfiniteTimeSpan, interleave: false, keepAlive);
        var activation = host.Host.Directory.All().Single();
        host.Time.Advance(TimeSpan.FromMinutes(14));
        await host.Probe.Gate("ticked 1").Arrived();
        await GrainHostFixture.Soon(activation.WhenQuiet());
        host.Time.Advance(TimeSpan.FromMinutes(2));
        if (left == 0)
            await GrainHostFixture.Soon(activation.Deactivated);
        host.Host.ActivationCount.ShouldBe(left);
    }
}
