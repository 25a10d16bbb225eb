using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded.Tests.Calls;

internal interface IContextGrain : IGrainWithStringKey
{
    Task<string?> Read(string key);

    Task<string?> ReadThrough(string other, string key);

    Task Write(string key, string value);

    Task<int> Number(int value);

    Task<string> Cancel(string gate, CancellationToken cancellation);
}

internal sealed class ContextGrain(Probe probe) : Grain, IContextGrain
{
    public Task<string?> Read(string key) => Task.FromResult((string?)RequestContext.Get(key));

    public async Task<string?> ReadThrough(string other, string key)
    {
        await Task.Yield();
        return await GrainFactory.GetGrain<IContextGrain>(other).Read(key);
    }

    public Task Write(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }

    public Task<int> Number(int value)
    {
        probe.Mark("grain");
        return Task.FromResult(value);
    }

    public async Task<string> Cancel(string gate, CancellationToken cancellation)
    {
        await probe.Gate(gate).Pass();
        probe.Mark(cancellation.IsCancellationRequested ? "callee saw it" : "callee saw nothing");
        return "late";
    }
}

internal sealed class AddingFilter(Probe probe, string name, int add) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.MethodName != nameof(IContextGrain.Number))
        {
            await context.Invoke();
            return;
        }

        probe.Mark($"{name} before {context.InterfaceMethod.Name}({context.Request.GetArgument(0)}) on {context.TargetId}");
        await context.Invoke();
        context.Result = (int)context.Result! + add;
        probe.Mark($"{name} after");
    }
}

internal sealed class RefusingFilter : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) => throw new UnauthorizedAccessException("no");
}

/// <summary>Orleans: the request context flows to callees and never back; filters run around the call in order of registration.</summary>
public sealed class ContextTests
{
    [Fact]
    public async Task ContextSet_CallThroughTwoGrains_ReachesTheLast()
    {
        await using var host = await GrainHostFixture.StartAsync();
        RequestContext.Set("tenant", "t1");
        (await host.Grain<IContextGrain>("a").ReadThrough("b", "tenant")).ShouldBe("t1");
        RequestContext.Remove("tenant").ShouldBeTrue();
        (await host.Grain<IContextGrain>("a").ReadThrough("b", "tenant")).ShouldBeNull();
    }

    [Fact]
    public async Task CalleeWritesContext_CallerAndNextCall_SeeNothing()
    {
        await using var host = await GrainHostFixture.StartAsync();
        RequestContext.Set("k", "mine");
        await host.Grain<IContextGrain>("a").Write("k", "theirs");
        RequestContext.Get("k").ShouldBe("mine");
        RequestContext.Clear();
        (await host.Grain<IContextGrain>("a").Read("k")).ShouldBeNull();
    }

    [Fact]
    public async Task TwoFilters_Call_RunInOrderOfRegistrationAndMayChangeTheResult()
    {
        await using var host = await GrainHostFixture.StartAsync(services: s =>
        {
            s.AddSingleton<IIncomingGrainCallFilter>(p => new AddingFilter(p.GetRequiredService<Probe>(), "first", 10));
            s.AddSingleton<IIncomingGrainCallFilter>(p => new AddingFilter(p.GetRequiredService<Probe>(), "second", 100));
        });
        (await host.Grain<IContextGrain>("a").Number(1)).ShouldBe(111);
        host.Probe.Marks.ShouldBe(["first before Number(1) on context/a", "second before Number(1) on context/a", "grain", "second after", "first after"]);
    }

    [Fact]
    public async Task FilterThrows_Call_FailsAndTheGrainIsNotCalled()
    {
        await using var host = await GrainHostFixture.StartAsync(services: s => s.AddSingleton<IIncomingGrainCallFilter, RefusingFilter>());
        await Should.ThrowAsync<UnauthorizedAccessException>(() => host.Grain<IContextGrain>("a").Number(1));
        host.Probe.Marks.ShouldBeEmpty();
    }

    [Fact]
    public async Task TokenCancelled_CallRuns_CallerStopsWaitingAndCalleeSeesIt()
    {
        await using var host = await GrainHostFixture.StartAsync();
        using var source = new CancellationTokenSource();
        var call = host.Grain<IContextGrain>("a").Cancel("g", source.Token);
        await host.Probe.Gate("g").Arrived();
        await source.CancelAsync();
        await GrainHostFixture.Soon(Should.ThrowAsync<OperationCanceledException>(() => call));
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(host.Grain<IContextGrain>("a").Read("k"));
        host.Probe.Marks.ShouldBe(["callee saw it"]);
    }
}
