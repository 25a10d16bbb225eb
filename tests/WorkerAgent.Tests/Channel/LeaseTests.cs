using Cavra.Actors.WorkerAgent.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

public sealed class LeaseTests
{
    [Fact]
    public void B05_Lease_LapsesByTheWorkersOwnClock()
    {
        var clock = new SteppedClock();
        var lease = new Lease(clock);
        lease.IsHeld.ShouldBeFalse();
        var sentAt = clock.GetTimestamp();
        clock.Step(TimeSpan.FromSeconds(10));
        lease.Renew(sentAt, TimeSpan.FromSeconds(45));
        clock.Step(TimeSpan.FromSeconds(34.999));
        lease.IsHeld.ShouldBeTrue();
        // Counted from the sending, not from the answer.
        clock.Step(TimeSpan.FromMilliseconds(1));
        lease.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void D09_Backoff_SpreadsAndIsBounded()
    {
        var backoff = new Backoff(new Random(1));
        var waits = Enumerable.Range(0, 40).Select(_ => backoff.Next()).ToList();
        waits.ShouldAllBe(wait => wait >= TimeSpan.Zero && wait <= TimeSpan.FromSeconds(15));
        waits[0].ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(200));
        waits.Skip(10).Distinct().Count().ShouldBeGreaterThan(20);
    }
}
