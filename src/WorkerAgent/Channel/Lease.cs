namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>
/// The worker's right to start things, by its own monotonic clock: good for the offline limit after the *sending* of the last heartbeat that
/// was answered. A worker that was frozen wakes without it, whatever lies in its socket (hazard B05).
/// </summary>
internal sealed class Lease(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TimeSpan _length = AgentTiming.Default.OfflineAfter;
    private long _since;
    private bool _held;

    internal bool IsHeld
    {
        get
        {
            lock (_lock)
                return _held && time.GetElapsedTime(_since) < _length;
        }
    }

    /// <param name="sentAt">Timestamp taken before the heartbeat went out.</param>
    internal void Renew(long sentAt, TimeSpan length)
    {
        lock (_lock)
            (_since, _length, _held) = (sentAt, length, true);
    }
}
