using Cavra.Actors.Embedded.Tests.Activations;
using Cavra.Actors.Embedded.Tests.Calls;
using Cavra.Actors.Embedded.Tests.Scheduling;

namespace Cavra.Actors.Embedded.Tests.Hosting;

internal interface IFarewellGrain : IGrainWithStringKey
{
    Task WaitThenCall(string gate, string other);
}

internal sealed class FarewellGrain(Probe probe) : Grain, IFarewellGrain
{
    public async Task WaitThenCall(string gate, string other)
    {
        await probe.Gate(gate).Pass();
        await GrainFactory.GetGrain<ILifeGrain>(other).Mark("inner call");
    }
}

/// <summary>Stopping: no new call from outside, everything begun or queued ends, then every activation is told; a crash tells nobody.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task HostNotStarted_Call_IsRefusedWithAType()
    {
        await using var host = GrainHostFixture.Create();
        await Should.ThrowAsync<GrainHostUnavailableException>(() => host.Grain<ICounterGrain>("a").Add(1));
    }

    [Fact]
    public async Task CallsRunAndWait_Stop_TheyEndAndNewOnesAreRefused()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Host.GetGrain<ITurnGrain>("a", typeof(TurnGrain).FullName);
        var running = grain.Wait("g");
        await host.Probe.Gate("g").Arrived();
        var queued = grain.Mark("queued");
        var stop = host.Host.StopAsync();
        await GrainHostFixture.Soon(Should.ThrowAsync<GrainHostUnavailableException>(() => grain.Mark("too late")));
        stop.IsCompleted.ShouldBeFalse();
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll(running, queued, stop));
        host.Probe.Marks.ShouldBe(["g begins", "g ends", "queued"]);
        await Should.ThrowAsync<GrainHostUnavailableException>(() => grain.Mark("after"));
    }

    [Fact]
    public async Task CallRuns_Stop_ItMayStillCallOthersAndAllAreDeactivated()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var call = host.Grain<IFarewellGrain>("a").WaitThenCall("g", "b");
        await host.Probe.Gate("g").Arrived();
        var stop = host.Host.StopAsync();
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll(call, stop));
        host.Probe.Marks.ShouldBe(["activated", "inner call", "deactivated ShuttingDown"]);
        host.Host.ActivationCount.ShouldBe(0);
    }

    [Fact]
    public async Task CallNeverEnds_ShutdownTimeoutPasses_HostStopsAndTheCallerLearns()
    {
        await using var host = await GrainHostFixture.StartAsync(o => o.CallTimeout = TimeSpan.FromHours(1));
        var call = host.Grain<IFarewellGrain>("a").WaitThenCall("never", "b");
        await host.Probe.Gate("never").Arrived();
        var stop = host.Host.StopAsync();
        while (!stop.IsCompleted)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await GrainHostFixture.Soon(Should.ThrowAsync<GrainHostUnavailableException>(() => call));
        host.Host.ActivationCount.ShouldBe(0);
    }

    [Fact]
    public async Task CallAwaits_Crash_NothingOfItRunsAgainAndNobodyIsDeactivated()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await host.Grain<ILifeGrain>("l").Mark("alive");
        var call = host.Grain<IFarewellGrain>("a").WaitThenCall("g", "b");
        await host.Probe.Gate("g").Arrived();
        host.Host.Crash();
        await GrainHostFixture.Soon(Should.ThrowAsync<GrainHostUnavailableException>(() => call));
        host.Probe.Gate("g").Open();
        host.Time.Advance(TimeSpan.FromHours(1));
        host.Host.ActivationCount.ShouldBe(0);
        host.Probe.Marks.ShouldBe(["activated", "alive"]);
    }
}
