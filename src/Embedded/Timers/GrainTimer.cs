namespace Cavra.Actors.Embedded;

/// <summary>One grain timer. A tick is a request of the activation's queue; the period runs from the end of one tick to the next.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Lock _gate = new();
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _ends = new();
    private readonly ITimer _timer;
    private TimeSpan _period;
    private bool _ticking;
    private bool _changed;
    private bool _missed;
    private bool _disposed;

    internal GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, options.Period);
        _activation = activation;
        _callback = callback;
        _options = options;
        _period = options.Period;
        _timer = Timers.Create(activation.Host.Time, static self => ((GrainTimer)self!).Fire(), this);
    }

    internal void Start() => _timer.Change(_options.DueTime, Timeout.InfiniteTimeSpan);

    /// <summary>Stops it without telling the callback: after a crash nothing runs.</summary>
    internal void Abandon()
    {
        lock (_gate)
            _disposed = true;
        _timer.Dispose();
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        lock (_gate)
        {
            if (_disposed)
                return;
            _period = period;
            _changed = true;
            _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        _timer.Dispose();
        _ends.Cancel();
        _activation.RemoveTimer(this);
    }

    private static void Check(TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero && dueTime != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "The due time must not be negative.");
        if (period < TimeSpan.Zero && period != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(period), period, "The period must not be negative.");
    }

    private void Fire()
    {
        lock (_gate)
        {
            if (_disposed || _activation.Host.Stage != HostStage.Running)
                return;
            if (_ticking)
            {
                // Set anew during a tick, and due before that tick has ended: it follows at once.
                _missed = true;
                return;
            }

            _ticking = true;
            _changed = false;
        }

        if (!_activation.TryAccept(new Tick(this)))
            Dispose();
    }

    private void Ticked()
    {
        lock (_gate)
        {
            _ticking = false;
            if (_disposed)
                return;
            if (_missed)
                _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            else if (!_changed && _period != Timeout.InfiniteTimeSpan)
                _timer.Change(_period, Timeout.InfiniteTimeSpan);
            _missed = false;
        }
    }

    private sealed class Tick(GrainTimer timer) : Request
    {
        internal override CallFlags Flags => timer._options.Interleave ? CallFlags.AlwaysInterleave : CallFlags.None;

        internal override bool CountsAsUse => timer._options.KeepAlive;

        internal override string Describe() => $"a timer of {timer._activation.Name}";

        internal override void Fail(Exception error) => timer.Dispose();

        protected override Task Invoke() => timer._ends.IsCancellationRequested ? Task.CompletedTask : timer._callback(timer._ends.Token);

        protected override void Settle(Task outcome)
        {
            if (outcome.Exception is { } error && !timer._ends.IsCancellationRequested)
                timer._activation.Host.Log.TimerFailed(timer._activation.Name, error.InnerException!);
            timer.Ticked();
        }
    }
}
