namespace Cavra.Actors.WorkerAgent.Tests.Channel;

/// <summary>A monotonic clock that a test moves; timers still run by themselves.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _now = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    internal void Step(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
}
