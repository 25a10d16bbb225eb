using Cavra.Actors.Dispatch;
using static Cavra.Actors.Grains.Dispatch.DispatchGiven;

namespace Cavra.Actors.Grains.Dispatch;

public class WorkerRosterTests
{
    private readonly WorkerRoster _roster = new();

    [Fact]
    public void TwoEqualWorkers_TakeTurns()
    {
        Add("w1", load: 0);
        Add("w2", load: 0);

        var chosen = Enumerable.Range(0, 4).Select(_ => Choose()).ToArray();

        chosen.Distinct().Count().ShouldBe(2);
        chosen[0].ShouldBe(chosen[2]);
        chosen[1].ShouldBe(chosen[3]);
    }

    [Fact]
    public void LeastLoadedForItsSize_IsChosen()
    {
        _roster.Update(Worker("small") with { MaxConcurrency = 2, CurrentLoad = 1 });
        _roster.Update(Worker("large") with { MaxConcurrency = 10, CurrentLoad = 4 });

        Choose().ShouldBe("large");
    }

    [Fact]
    public void WorkerThatFailedTheSession_IsChosenOnlyWhenNoOtherFits()
    {
        Add("w1", load: 0);
        Add("w2", load: 1);
        var needs = new SessionNeeds(Request() with { Avoid = [new("w1")] });
        _roster.Choose(needs, T0)!.Id.Value.ShouldBe("w2");

        _roster.Update(Worker("w2") with { Transport = null });

        _roster.Choose(needs, T0)!.Id.Value.ShouldBe("w1");
    }

    [Fact]
    public void RefusedWorker_IsAskedAgainOnceItIsHeardOf()
    {
        Add("w1", load: 2);
        var seat = _roster.Choose(new SessionNeeds(Request()), T0)!;
        seat.Refusing = true;
        _roster.Choose(new SessionNeeds(Request()), T0).ShouldBeNull();

        seat.Heard(1);

        Choose().ShouldBe("w1");
    }

    [Fact]
    public void B10_UnhealthyWorker_FitsAgainAfterSixtySecondsWithoutAnyNews()
    {
        _roster.Update(Worker() with { LastBadAt = T0 });
        var needs = new SessionNeeds(Request());

        _roster.Choose(needs, T0.AddMilliseconds(59_999)).ShouldBeNull();
        _roster.Choose(needs, T0.AddSeconds(60)).ShouldNotBeNull();
    }

    private void Add(string id, int load) => _roster.Update(Worker(id) with { CurrentLoad = load });

    private string Choose() => _roster.Choose(new SessionNeeds(Request()), T0)!.Id.Value;
}
