namespace Cavra.Actors.Embedded;

/// <summary>
/// Watches queues for calls past their deadline. A queue is entered at most once per timeout, so a call pays nothing for it; one timer
/// stands at the earliest deadline.
/// </summary>
internal sealed class CallTimeouts : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TurnQueue, long> _due = new();
    private readonly TimeProvider _time;
    private readonly long _timeout;
    private readonly ITimer _timer;
    private long _armed = long.MaxValue;

    internal CallTimeouts(TimeProvider time, TimeSpan timeout)
    {
        _time = time;
        _timeout = (long)(timeout.TotalSeconds * time.TimestampFrequency);
        _timer = Timers.Create(time, static self => ((CallTimeouts)self!).Sweep(), this);
    }

    /// <summary>Looks at the queue when a call sent at <paramref name="sentAt"/> runs out of time.</summary>
    internal void Watch(TurnQueue queue, long sentAt)
    {
        lock (_gate)
        {
            _due.Enqueue(queue, sentAt + _timeout);
            Arm();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        while (true)
        {
            TurnQueue? queue;
            long due;
            lock (_gate)
            {
                if (!_due.TryPeek(out queue, out due) || due > now)
                {
                    _armed = long.MaxValue;
                    Arm();
                    return;
                }

                _due.Dequeue();
            }

            if (queue.Expire(now, _timeout) is { } next)
            {
                lock (_gate)
                    _due.Enqueue(queue, next);
            }
        }
    }

    private void Arm()
    {
        if (!_due.TryPeek(out _, out var due) || due >= _armed)
            return;
        _armed = due;
        var wait = Math.Max(0, due - _time.GetTimestamp());
        // A millisecond more than a rounded-down wait: the timer must not fire just before the deadline.
        var ticks = (wait * TimeSpan.TicksPerSecond) / _time.TimestampFrequency;
        var rest = ticks % TimeSpan.TicksPerMillisecond;
        _timer.Change(new TimeSpan(rest == 0 ? ticks : ticks - rest + TimeSpan.TicksPerMillisecond), Timeout.InfiniteTimeSpan);
    }
}
