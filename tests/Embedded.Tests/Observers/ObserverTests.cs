using System.Runtime.CompilerServices;

namespace Cavra.Actors.Embedded.Tests.Observers;

internal interface IChatObserver : IGrainObserver
{
    Task Said(string text);
}

internal interface IChatGrain : IGrainWithStringKey
{
    Task Join(IChatObserver observer);

    Task Say(string text);
}

internal sealed class ChatGrain : Grain, IChatGrain
{
    private readonly List<IChatObserver> _observers = [];

    public Task Join(IChatObserver observer)
    {
        _observers.Add(observer);
        return Task.CompletedTask;
    }

    public Task Say(string text) => Task.WhenAll(_observers.Select(o => o.Said(text)));
}

internal interface IListenerGrain : IGrainWithStringKey
{
    Task Listen(string chat);
}

/// <summary>A grain that is itself an observer.</summary>
internal sealed class ListenerGrain(Probe probe) : Grain, IListenerGrain, IChatObserver
{
    public Task Listen(string chat) => GrainFactory.GetGrain<IChatGrain>(chat).Join(this.AsReference<IChatObserver>());

    public Task Said(string text)
    {
        probe.Mark($"grain heard {text}");
        return Task.CompletedTask;
    }
}

/// <summary>Orleans: observers are called by message, one call at a time, and held weakly: their owner keeps them alive.</summary>
public sealed class ObserverTests
{
    private sealed class Listener(Probe probe, string? gate = null) : IChatObserver
    {
        public async Task Said(string text)
        {
            probe.Mark($"begin {text}");
            if (gate is not null)
                await probe.Gate(gate).Pass();
            probe.Mark($"end {text}");
        }
    }

    [Fact]
    public async Task ObserverJoined_GrainCalls_ItHearsInOrderOneAtATime()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var listener = new Listener(host.Probe, "g");
        var chat = host.Host.CreateObjectReference<IChatObserver>(listener);
        Task[] said = [chat.Said("1"), chat.Said("2")];
        await host.Probe.Gate("g").Arrived();
        host.Probe.Marks.ShouldBe(["begin 1"]);
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll(said));
        host.Probe.Marks.ShouldBe(["begin 1", "end 1", "begin 2", "end 2"]);
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task ObserverDeleted_GrainCalls_GetsATypedError()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var listener = new Listener(host.Probe);
        var reference = host.Host.CreateObjectReference<IChatObserver>(listener);
        await host.Grain<IChatGrain>("c").Join(reference);
        await host.Grain<IChatGrain>("c").Say("1");
        host.Host.DeleteObjectReference<IChatObserver>(reference);
        await GrainHostFixture.Soon(Should.ThrowAsync<ClientNotAvailableException>(() => host.Grain<IChatGrain>("c").Say("2")));
        host.Probe.Marks.ShouldBe(["begin 1", "end 1"]);
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task OwnerLetsObserverGo_Collected_CallsGetATypedError()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var reference = MakeAndForget(host);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        await GrainHostFixture.Soon(Should.ThrowAsync<ClientNotAvailableException>(() => reference.Said("1")));
    }

    [Fact]
    public async Task GrainAsObserver_Called_IsATurnOfThatGrain()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await host.Grain<IListenerGrain>("l").Listen("c");
        await host.Grain<IChatGrain>("c").Say("hello");
        host.Probe.Marks.ShouldBe(["grain heard hello"]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IChatObserver MakeAndForget(GrainHostFixture host) => host.Host.CreateObjectReference<IChatObserver>(new Listener(host.Probe));
}
