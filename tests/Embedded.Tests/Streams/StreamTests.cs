namespace Cavra.Actors.Embedded.Tests.Streams;

internal interface IPublisherGrain : IGrainWithStringKey
{
    Task Publish(int from, int count);

    Task End();
}

internal sealed class PublisherGrain : Grain, IPublisherGrain
{
    private IAsyncStream<int> Stream => this.GetStreamProvider("streams").GetStream<int>("numbers", this.GetPrimaryKeyString());

    public async Task Publish(int from, int count)
    {
        for (var i = from; i < from + count; i++)
            await Stream.OnNextAsync(i);
    }

    public Task End() => Stream.OnCompletedAsync();
}

internal interface ISubscriberGrain : IGrainWithStringKey
{
    Task Subscribe(string stream);

    Task Unsubscribe(string stream);

    Task<int[]> Received();

    Task Wait(string gate);

    Task Leave();
}

internal sealed class SubscriberGrain(Probe probe) : Grain, ISubscriberGrain
{
    private readonly List<int> _received = [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var handle in await Stream("s").GetAllSubscriptionHandles())
            await handle.ResumeAsync(Take);
    }

    public Task Subscribe(string stream) => Stream(stream).SubscribeAsync(Take);

    public async Task Unsubscribe(string stream)
    {
        foreach (var handle in await Stream(stream).GetAllSubscriptionHandles())
            await handle.UnsubscribeAsync();
    }

    public Task<int[]> Received() => Task.FromResult(_received.ToArray());

    public async Task Wait(string gate) => await probe.Gate(gate).Pass();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private IAsyncStream<int> Stream(string key) => this.GetStreamProvider("streams").GetStream<int>("numbers", key);

    private Task Take(int item, StreamSequenceToken? token)
    {
        _received.Add(item);
        _ = probe.Gate($"item {item}").Pass();
        return Task.CompletedTask;
    }
}

/// <summary>
/// Orleans: explicit subscribers, in grains and outside, get every stream's items in order, one at a time. This host's policy: publishing never
/// waits; a subscriber that falls behind by more than its queue loses the oldest items and sees the gap in the sequence tokens.
/// </summary>
public sealed class StreamTests
{
    private sealed class Collector(Probe probe, string? gate = null) : IAsyncObserver<int>
    {
        public List<(int Item, long Number)> Items { get; } = [];

        public async Task OnNextAsync(int item, StreamSequenceToken? token = null)
        {
            lock (Items)
                Items.Add((item, token!.SequenceNumber));
            if (gate is not null)
                await probe.Gate(gate).Pass();
            if (item < 0)
                throw new InvalidOperationException("negative");
            _ = probe.Gate($"item {item}").Pass();
        }

        public Task OnCompletedAsync() => probe.Gate("completed").Pass();

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }

    private static IAsyncStream<int> Stream(GrainHostFixture host) => host.Host.GetStreamProvider("streams").GetStream<int>("numbers", "s");

    [Fact]
    public async Task NobodySubscribes_Publish_CompletesAtOnceAndLeavesNothing()
    {
        await using var host = await GrainHostFixture.StartAsync();
        Stream(host).OnNextAsync(1).IsCompletedSuccessfully.ShouldBeTrue();
        host.Host.Streams.Find<int>("streams", StreamId.Create("numbers", "s")).ShouldBeNull();
    }

    [Fact]
    public async Task SubscriberOutside_GrainPublishes_GetsAllInOrder()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var collector = new Collector(host.Probe);
        await Stream(host).SubscribeAsync(collector);
        await host.Grain<IPublisherGrain>("s").Publish(0, 1_000);
        await host.Grain<IPublisherGrain>("s").End();
        host.Probe.Gate("completed").Open();
        await host.Probe.Gate("completed").Arrived();
        collector.Items.Select(i => i.Item).ShouldBe(Enumerable.Range(0, 1_000));
        collector.Items.Select(i => i.Number).ShouldBe(Enumerable.Range(1, 1_000).Select(i => (long)i));
    }

    [Fact]
    public async Task SubscriberIsStuck_MoreThanItsQueuePublished_OldestAreDroppedAndTheGapShows()
    {
        await using var host = await GrainHostFixture.StartAsync(o => o.StreamQueueLimit = 4);
        var collector = new Collector(host.Probe, "g");
        await Stream(host).SubscribeAsync(collector);
        await host.Grain<IPublisherGrain>("s").Publish(0, 1);
        await host.Probe.Gate("g").Arrived();
        await GrainHostFixture.Soon(host.Grain<IPublisherGrain>("s").Publish(1, 10));
        host.Probe.Gate("g").Open();
        await host.Probe.Gate("item 10").Arrived();
        collector.Items.ShouldBe([(0, 1), (7, 8), (8, 9), (9, 10), (10, 11)]);
    }

    [Fact]
    public async Task SubscriberFailsOnAnItem_NextItem_IsDelivered()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await Stream(host).SubscribeAsync(new Collector(host.Probe));
        await Stream(host).OnNextBatchAsync([-1, 5]);
        await host.Probe.Gate("item 5").Arrived();
    }

    [Fact]
    public async Task Unsubscribed_Publish_DeliversNothingMore()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var collector = new Collector(host.Probe);
        var handle = await Stream(host).SubscribeAsync(collector);
        await Stream(host).OnNextAsync(1);
        await host.Probe.Gate("item 1").Arrived();
        (await Stream(host).GetAllSubscriptionHandles()).ShouldBe([handle]);
        await handle.UnsubscribeAsync();
        await Stream(host).OnNextAsync(2);
        collector.Items.Count.ShouldBe(1);
        host.Host.Streams.Find<int>("streams", StreamId.Create("numbers", "s")).ShouldBeNull();
    }

    [Fact]
    public async Task GrainSubscribes_ItemsArriveDuringACall_WaitForItsEndAndComeInOrder()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<ISubscriberGrain>("a");
        await grain.Subscribe("s");
        var call = grain.Wait("g");
        await host.Probe.Gate("g").Arrived();
        await Stream(host).OnNextBatchAsync([1, 2, 3]);
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(call);
        await host.Probe.Gate("item 3").Arrived();
        (await grain.Received()).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task SubscribedGrainDeactivated_NextItem_ActivatesItAndIsTakenAfterResume()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = host.Grain<ISubscriberGrain>("a");
        await grain.Subscribe("s");
        var activation = host.Host.Directory.All().Single();
        await grain.Leave();
        await GrainHostFixture.Soon(activation.Deactivated);
        await Stream(host).OnNextAsync(7);
        await host.Probe.Gate("item 7").Arrived();
        (await grain.Received()).ShouldBe([7]);
        await grain.Unsubscribe("s");
        host.Host.Streams.Find<int>("streams", StreamId.Create("numbers", "s")).ShouldBeNull();
    }

    [Fact]
    public async Task UnknownProvider_Asked_SaysSo()
    {
        await using var host = await GrainHostFixture.StartAsync();
        Should.Throw<KeyNotFoundException>(() => host.Host.GetStreamProvider("other"));
    }
}
