namespace Cavra.Actors.Embedded.Tests.Hosting;

internal interface ITallyGrain : IGrainWithStringKey
{
    Task Count(int sender, int number);

    Task<long> Total();

    Task<int> Forward(int sender, int number, int hops);
}

internal sealed class TallyGrain(Probe probe) : Grain, ITallyGrain
{
    private readonly Dictionary<int, int> _last = [];
    private long _total;
    private int _calls;

    public async Task Count(int sender, int number)
    {
        if (_last.GetValueOrDefault(sender) is var last && last >= number)
            probe.Mark($"{this.GetPrimaryKeyString()}: {number} after {last} of {sender}");
        _last[sender] = number;
        var before = _total;
        if (++_calls % 3 == 0)
            await Task.Yield();
        _total = before + 1;
    }

    public Task<long> Total() => Task.FromResult(_total);

    public Task<int> Forward(int sender, int number, int hops) => hops == 0
        ? Task.FromResult(number)
        : GrainFactory.GetGrain<ITallyGrain>($"{((sender * 31) + number) % 1_000}/{hops}").Forward(sender, number, hops - 1);
}

/// <summary>Many calls over many grains: none lost, none doubled, each sender's in order.</summary>
public sealed class VolumeTests
{
    [Fact]
    public async Task HundredThousandCallsOverAThousandGrains_Sent_EachArrivesOnceAndInOrder()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grains = Enumerable.Range(0, 1_000).Select(i => host.Grain<ITallyGrain>($"{i}")).ToArray();
        await GrainHostFixture.Soon(Task.WhenAll(Enumerable.Range(0, 20).Select(sender => Task.Run(async () =>
        {
            for (var number = 1; number <= 5; number++)
                await Task.WhenAll(grains.Select(g => g.Count(sender, number)));
        }))));
        (await Task.WhenAll(grains.Select(g => g.Total()))).ShouldAllBe(total => total == 100);
        host.Probe.Marks.ShouldBeEmpty();
        host.Host.ActivationCount.ShouldBe(1_000);
    }

    [Fact]
    public async Task CallsThroughChainsOfGrains_Sent_EachGivesItsOwnAnswer()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var answers = await GrainHostFixture.Soon(Task.WhenAll(Enumerable.Range(0, 5_000).Select(i => host.Grain<ITallyGrain>($"start {i % 50}").Forward(i, i * 2, 3))));
        answers.ShouldBe(Enumerable.Range(0, 5_000).Select(i => i * 2));
    }
}
