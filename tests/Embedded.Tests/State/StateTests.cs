namespace Cavra.Actors.Embedded.Tests.State;

internal sealed record Counter
{
    public int Value { get; init; }
}

internal interface IStateGrain : IGrainWithStringKey
{
    Task<int> Add(int by, bool write);

    Task<(int Value, bool Exists, string? Etag)> Read();

    Task Clear();

    Task Leave();
}

internal sealed class StateGrain([PersistentState("counter", "store")] IPersistentState<Counter> counter) : Grain, IStateGrain
{
    public async Task<int> Add(int by, bool write)
    {
        counter.State = counter.State with { Value = counter.State.Value + by };
        if (write)
            await counter.WriteStateAsync();
        return counter.State.Value;
    }

    public Task<(int Value, bool Exists, string? Etag)> Read() => Task.FromResult((counter.State.Value, counter.RecordExists, counter.Etag));

    public Task Clear() => counter.ClearStateAsync();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

/// <summary>Orleans: state is read before activation, written when the grain says so, and guarded by its etag.</summary>
public sealed class StateTests
{
    [Fact]
    public async Task NothingStored_FirstCall_StateIsFresh()
    {
        await using var host = await GrainHostFixture.StartAsync();
        (await host.Grain<IStateGrain>("a").Read()).ShouldBe((0, false, null));
    }

    [Fact]
    public async Task Written_NextActivation_ReadsItBack_AndWhatWasNotWrittenIsLost()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<IStateGrain>("a");
        await grain.Add(5, write: true);
        var etag = (await grain.Read()).Etag;
        etag.ShouldNotBeNull();
        await grain.Add(1, write: false);
        await grain.Leave();
        (await GrainHostFixture.Soon(grain.Read())).ShouldBe((5, true, etag));
    }

    [Fact]
    public async Task Cleared_NextRead_IsFresh()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<IStateGrain>("a");
        await grain.Add(5, write: true);
        await grain.Clear();
        (await grain.Read()).ShouldBe((0, false, null));
    }

    [Fact]
    public async Task AnotherWroteInBetween_Write_FailsAndTheActivationIsThrownAway()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<IStateGrain>("a");
        await grain.Add(5, write: true);
        var rival = new PersistentState<Counter>(host.Service<MemoryGrainStorage>(), "counter", GrainId.Create("state", "a"));
        await rival.ReadStateAsync();
        rival.State = new Counter { Value = 100 };
        await rival.WriteStateAsync();
        await GrainHostFixture.Soon(Should.ThrowAsync<InconsistentStateException>(() => grain.Add(1, write: true)));
        (await GrainHostFixture.Soon(grain.Add(1, write: true))).ShouldBe(101);
    }

    [Fact]
    public async Task HostCrashes_NewHostOnTheSameStore_KeepsWhatWasWrittenOnly()
    {
        var store = new MemoryGrainStorage();
        var first = await GrainHostFixture.StartAsync(services: s => Replace(s, store));
        await first.Grain<IStateGrain>("a").Add(5, write: true);
        await first.Grain<IStateGrain>("a").Add(1, write: false);
        first.Host.Crash();
        await Should.ThrowAsync<GrainHostUnavailableException>(() => first.Grain<IStateGrain>("a").Read());
        await using var second = await GrainHostFixture.StartAsync(services: s => Replace(s, store));
        (await second.Grain<IStateGrain>("a").Add(0, write: false)).ShouldBe(5);
    }

    private static void Replace(Microsoft.Extensions.DependencyInjection.IServiceCollection services, MemoryGrainStorage store) =>
        Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(services, store);
}
