namespace Cavra.Actors.Testing;

/// <summary>
/// A clock that stands still until it is moved. Timers fire in order of their due time, then of their setting, on the thread that moves it,
/// with the clock at exactly the time that each was due.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(ManualTimer Timer, long Version), (DateTimeOffset Due, long Order)> _due = new();
    private DateTimeOffset _now;
    private long _order;

    public ManualTimeProvider(DateTimeOffset? start = null)
    {
        Start = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        _now = Start;
    }

    /// <summary>Where the clock stood when it was made.</summary>
    public DateTimeOffset Start { get; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>When the next timer is due; null when none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
                return TryPeek(out _, out var due) ? due : null;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => (GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on and fires what comes due on the way. Answers how many timers fired.</summary>
    public int Advance(TimeSpan by) => AdvanceTo(GetUtcNow() + by);

    /// <summary>Moves the clock on to <paramref name="target"/> and fires what comes due on the way. Answers how many timers fired.</summary>
    public int AdvanceTo(DateTimeOffset target)
    {
        var fired = 0;
        while (true)
        {
            ManualTimer? timer;
            lock (_gate)
            {
                if (!TryPeek(out timer, out var due) || due > target)
                {
                    if (target > _now)
                        _now = target;
                    return fired;
                }

                _due.Dequeue();
                if (due > _now)
                    _now = due;
                timer!.Rearm(due);
            }

            timer.Fire();
            fired++;
        }
    }

    /// <summary>Moves the clock to the next timer and fires that one alone; false when none is set.</summary>
    public bool FireNext()
    {
        ManualTimer? timer;
        lock (_gate)
        {
            if (!TryPeek(out timer, out var due))
                return false;
            _due.Dequeue();
            if (due > _now)
                _now = due;
            timer!.Rearm(due);
        }

        timer.Fire();
        return true;
    }

    private bool TryPeek(out ManualTimer? timer, out DateTimeOffset due)
    {
        while (_due.TryPeek(out var entry, out var when))
        {
            if (entry.Timer.Version == entry.Version)
            {
                (timer, due) = (entry.Timer, when.Due);
                return true;
            }

            _due.Dequeue();
        }

        (timer, due) = (null, default);
        return false;
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;
        private bool _disposed;

        internal long Version { get; private set; }

        internal void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (_disposed)
                    return false;
                Version++;
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    Set(clock._now + dueTime);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _disposed = true;
                Version++;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Rearm(DateTimeOffset fired)
        {
            Version++;
            if (_period > TimeSpan.Zero)
                Set(fired + _period);
        }

        private void Set(DateTimeOffset due) => clock._due.Enqueue((this, Version), (due, clock._order++));
    }
}
