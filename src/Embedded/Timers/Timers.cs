namespace Cavra.Actors.Embedded;

/// <summary>Timers of the host's clock that carry nothing of the caller's context.</summary>
internal static class Timers
{
    /// <summary>A timer that is not yet set.</summary>
    internal static ITimer Create(TimeProvider time, TimerCallback callback, object? state)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using (ExecutionContext.SuppressFlow())
            return time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
