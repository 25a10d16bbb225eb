namespace Cavra.Actors.Embedded.Tests.Calls;

internal interface ICounterGrain : IGrainWithStringKey
{
    Task<int> Add(int by);

    ValueTask<string> Key();

    ValueTask Nothing();

    Task<int> Fail(string text);
}

internal sealed class CounterGrain : Grain, ICounterGrain
{
    private int _sum;

    public Task<int> Add(int by) => Task.FromResult(_sum += by);

    public async ValueTask<string> Key()
    {
        await Task.Yield();
        return this.GetPrimaryKeyString();
    }

    public ValueTask Nothing() => ValueTask.CompletedTask;

    public async Task<int> Fail(string text)
    {
        await Task.Yield();
        throw new FormatException(text);
    }
}

/// <summary>Orleans: one activation per key; results and exceptions cross as the method gave them.</summary>
public sealed class CallTests
{
    [Fact]
    public async Task OneKey_CallsFromTwoReferences_ReachOneActivation()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await host.Grain<ICounterGrain>("a").Add(2);
        (await host.Grain<ICounterGrain>("a").Add(3)).ShouldBe(5);
        (await host.Grain<ICounterGrain>("b").Add(1)).ShouldBe(1);
        host.Host.ActivationCount.ShouldBe(2);
    }

    [Fact]
    public async Task ValueTaskMethods_Called_Complete()
    {
        await using var host = await GrainHostFixture.StartAsync();
        (await host.Grain<ICounterGrain>("a").Key()).ShouldBe("a");
        await host.Grain<ICounterGrain>("a").Nothing();
    }

    [Fact]
    public async Task MethodThrows_CallerAwaits_SameTypeAndStack()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var error = await Should.ThrowAsync<FormatException>(() => host.Grain<ICounterGrain>("a").Fail("bad"));
        error.Message.ShouldBe("bad");
        error.StackTrace!.ShouldContain(nameof(CounterGrain.Fail));
        (await host.Grain<ICounterGrain>("a").Add(1)).ShouldBe(1);
    }
}
