using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded.Tests.Activations;

/// <summary>Orleans: an activation begins with the first call, a failed one is thrown away, an ending one gives what waits to the next.</summary>
public sealed class ActivationTests
{
    [Fact]
    public async Task ManyFirstCallsAtOnce_OneKey_MakeOneActivation()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var instances = await GrainHostFixture.Soon(Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => host.Grain<ILifeGrain>("a").Instance()))));
        instances.Distinct().Count().ShouldBe(1);
        host.Probe.Marks.ShouldBe(["activated"]);
    }

    [Fact]
    public async Task ActivationFails_CallsPending_AllFailWithItsErrorAndTheNextCallStartsAfresh()
    {
        await using var host = await GrainHostFixture.StartAsync(services: s => s.AddSingleton(new Failures(1)));
        Task<string>[] pending = [host.Grain<IFailingGrain>("a").Ask(), host.Grain<IFailingGrain>("a").Ask()];
        host.Probe.Gate("activation").Open();
        foreach (var call in pending)
            (await GrainHostFixture.Soon(Should.ThrowAsync<FormatException>(() => call))).Message.ShouldBe("cannot activate");
        host.Host.ActivationCount.ShouldBe(0);
        (await GrainHostFixture.Soon(host.Grain<IFailingGrain>("a").Ask())).ShouldBe("answer");
        host.Probe.Marks.ShouldBe(["activating", "activating"]);
    }

    [Fact]
    public async Task ActivationHangs_ActivationTimeoutPasses_PendingCallFails()
    {
        await using var host = await GrainHostFixture.StartAsync(o => o.Collection.ActivationTimeout = TimeSpan.FromSeconds(5), s => s.AddSingleton(new Failures(0)));
        var call = host.Grain<IFailingGrain>("a").Ask();
        await host.Probe.Gate("activation").Arrived();
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(() => call));
        host.Host.ActivationCount.ShouldBe(0);
    }

    [Fact]
    public async Task ConstructorThrows_Call_FailsWithItsError()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await GrainHostFixture.Soon(Should.ThrowAsync<FormatException>(() => host.Grain<IStillbornGrain>("a").Call()));
        host.Host.ActivationCount.ShouldBe(0);
    }

    [Fact]
    public async Task CallForwardedToTheNextActivation_TimeoutOfItsOwnStartPasses_TimesOutThen()
    {
        await using var host = await GrainHostFixture.StartAsync(services: s => s.AddSingleton(new Failures(0)));
        host.Probe.Gate("activation").Open();
        var grain = host.Grain<IFailingGrain>("a");
        var leaving = grain.LeaveAndWait("leave");
        await host.Probe.Gate("leave").Arrived();
        host.Time.Advance(TimeSpan.FromSeconds(20));
        var forwarded = grain.Wait("stuck");
        host.Time.Advance(TimeSpan.FromSeconds(5));
        host.Probe.Gate("leave").Open();
        await GrainHostFixture.Soon(leaving);
        await host.Probe.Gate("stuck").Arrived();
        host.Time.Advance(TimeSpan.FromSeconds(25) - TimeSpan.FromMilliseconds(1));
        forwarded.IsCompleted.ShouldBeFalse();
        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(() => forwarded));
    }

    [Fact]
    public async Task DeactivateOnIdle_NextCall_MeetsAFreshActivation()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<ILifeGrain>("a");
        var first = await grain.Instance();
        await grain.Leave();
        (await GrainHostFixture.Soon(grain.Instance())).ShouldNotBe(first);
        host.Probe.Marks.ShouldBe(["activated", "deactivated ApplicationRequested", "activated"]);
    }

    [Fact]
    public async Task DeactivateOnIdle_CallRunsAndOthersWait_ItEndsFirstAndTheyGoOnInOrder()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<ILifeGrain>("a");
        var leaving = grain.LeaveAndWait("g");
        await host.Probe.Gate("g").Arrived();
        var later = Enumerable.Range(0, 20).Select(i => grain.Mark($"{i}")).ToArray();
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll([leaving, .. later]));
        host.Probe.Marks.ShouldBe(["activated", "left", "deactivated ApplicationRequested", "activated", .. Enumerable.Range(0, 20).Select(i => $"{i}")]);
    }

    [Fact]
    public async Task GrainEndsItselfAtEveryStart_Called_FailsInsteadOfGoingRoundForEver()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await GrainHostFixture.Soon(Should.ThrowAsync<OrleansException>(() => host.Grain<IReflexGrain>("a").Call()));
    }

    [Fact]
    public async Task Idle_CollectionAgePasses_IsDeactivatedAsIdle()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await host.Grain<ILifeGrain>("a").Instance();
        var activation = host.Host.Directory.All().Single();
        host.Time.Advance(TimeSpan.FromMinutes(14));
        activation.Deactivated.IsCompleted.ShouldBeFalse();
        host.Time.Advance(TimeSpan.FromMinutes(2));
        await GrainHostFixture.Soon(activation.Deactivated);
        host.Probe.Marks.ShouldBe(["activated", "deactivated ActivationIdle"]);
        host.Host.ActivationCount.ShouldBe(0);
    }

    [Fact]
    public async Task CallRuns_CollectionAgePasses_IsNotCollected()
    {
        await using var host = await GrainHostFixture.StartAsync(o => o.CallTimeout = TimeSpan.FromDays(1));
        var call = host.Grain<IPoolGrain>("a").Wait("g");
        await host.Probe.Gate("g").Arrived();
        host.Time.Advance(TimeSpan.FromHours(1));
        host.Host.ActivationCount.ShouldBe(1);
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(call);
    }

    [Fact]
    public async Task DeactivationDelayed_CollectionAgePasses_StaysUntilTheDelayHasPassed()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await host.Grain<ILifeGrain>("a").Delay(TimeSpan.FromHours(1));
        var activation = host.Host.Directory.All().Single();
        host.Time.Advance(TimeSpan.FromMinutes(59));
        activation.Deactivated.IsCompleted.ShouldBeFalse();
        host.Time.Advance(TimeSpan.FromMinutes(2));
        await GrainHostFixture.Soon(activation.Deactivated);
    }

    [Fact]
    public async Task StatelessWorker_TwoCallsAtOnce_RunSideBySideAndAThirdWaits()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<IPoolGrain>("a");
        Task[] calls = [grain.Wait("g"), grain.Wait("g"), grain.Wait("g")];
        await host.Probe.Gate("g").Arrived();
        await host.Probe.Gate("g").Arrived();
        host.Host.ActivationCount.ShouldBe(2);
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll(calls));
        host.Host.ActivationCount.ShouldBe(2);
    }
}
