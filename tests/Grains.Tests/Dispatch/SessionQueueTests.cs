using Cavra.Actors.Dispatch;
using static Cavra.Actors.Grains.Dispatch.DispatchGiven;

namespace Cavra.Actors.Grains.Dispatch;

public class SessionQueueTests
{
    private readonly SessionQueue _queue = new();

    [Fact]
    public void OlderFirst_WhateverTheOrderOfAsking()
    {
        foreach (var session in new long[] { 3, 1, 2 }) Add(session);

        Drain().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void KindThatNobodyFits_IsSkippedAsAWhole()
    {
        Add(1, "rare");
        Add(2);
        Add(3, "rare");
        _queue.TryGet(new(1), out var rare).ShouldBeTrue();

        _queue.Oldest([rare!.Kind])!.Session.Value.ShouldBe(2);
    }

    [Fact]
    public void SameSessionAgain_WaitsOnce()
    {
        Add(1);
        Add(1);

        _queue.Count.ShouldBe(1);
        _queue.Position(new(1)).ShouldBe(1);
        _queue.Position(new(9)).ShouldBeNull();
    }

    [Fact]
    public void Position_CountsThoseThatAreOlder()
    {
        for (var session = 1; session <= 50; session++) Add(session);

        _queue.Position(new(1)).ShouldBe(1);
        _queue.Position(new(20)).ShouldBe(20);
        _queue.Position(new(50)).ShouldBe(50);
    }

    private void Add(long session, string? capability = null) => _queue.Add(new SessionNeeds(capability is null ? Request(session) : Request(session, 1, capability)));

    private List<long> Drain()
    {
        var order = new List<long>();
        while (_queue.Oldest([]) is { } next)
        {
            order.Add(next.Session.Value);
            _queue.Remove(next.Session);
        }

        return order;
    }
}
