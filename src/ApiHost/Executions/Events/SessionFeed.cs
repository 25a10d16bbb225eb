using System.Collections.Immutable;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary>
/// What this host knows of one session's newest events, for all its readers: the last sequence, and a run of envelopes up to it. The stream only hints:
/// after a gap the run starts anew, and whoever needs older events reads the table.
/// </summary>
/// <param name="head">The session.</param>
internal sealed class SessionFeed(SessionHead head)
{
    private const int MaxEvents = 1024;
    private const int MaxBytes = 1 << 20;
    private const int MaxSlice = 128;

    private readonly Lock _gate = new();
    private readonly Queue<EventBytes> _run = new();
    private TaskCompletionSource _changed = NewSignal();
    private int _runBytes;
    private long _last;
    private long _totalBytes;
    private bool _quiet;

    /// <summary>The session.</summary>
    public SessionHead Head { get; } = head;

    /// <summary>Readers that hold the feed; kept by <see cref="SessionFeeds"/> under its lock.</summary>
    public int Readers { get; set; }

    /// <summary>Completes when the feed follows the stream.</summary>
    public TaskCompletionSource<bool> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The newest sequence known.</summary>
    public long Last
    {
        get
        {
            lock (_gate) return _last;
        }
    }

    /// <summary>Bytes of all envelopes that went through since the feed began; differences measure how far a reader is behind.</summary>
    public long TotalBytes
    {
        get
        {
            lock (_gate) return _totalBytes;
        }
    }

    /// <summary>Takes what one commit published.</summary>
    public void Publish(ImmutableArray<StoredEvent> events)
    {
        var written = new EventBytes[events.Length];
        for (var i = 0; i < written.Length; i++) written[i] = EventBytes.Of(events[i], Head);
        TaskCompletionSource changed;
        lock (_gate)
        {
            _quiet = false;
            var before = _last;
            foreach (var item in written) Add(item);
            if (_last == before) return;
            changed = _changed;
            _changed = NewSignal();
        }

        changed.TrySetResult();
    }

    /// <summary>The table says that the session has got this far; events that the stream lost are there.</summary>
    public void Advance(long last)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (last <= _last) return;
            _run.Clear();
            _runBytes = 0;
            _last = last;
            changed = _changed;
            _changed = NewSignal();
        }

        changed.TrySetResult();
    }

    /// <summary>Whether nothing was published since the last time that this was asked.</summary>
    public bool WasQuiet()
    {
        lock (_gate)
        {
            var was = _quiet;
            _quiet = true;
            return was;
        }
    }

    /// <summary>
    /// The events after a sequence. Null with a task: there is none yet, wait. Null without: they are in the table only.
    /// </summary>
    public (EventBytes[]? Events, Task? Changed) After(long sequence)
    {
        lock (_gate)
        {
            if (sequence >= _last) return (null, _changed.Task);
            if (_run.Count == 0 || _run.Peek().Id > sequence + 1) return (null, null);
            var skip = (int)(sequence + 1 - _run.Peek().Id);
            var taken = new EventBytes[Math.Min(MaxSlice, _run.Count - skip)];
            var index = 0;
            foreach (var item in _run)
            {
                if (index - skip >= taken.Length) break;
                if (index >= skip) taken[index - skip] = item;
                index++;
            }

            return (taken, null);
        }
    }

    private void Add(EventBytes item)
    {
        if (item.Id <= _last) return;
        if (item.Id != _last + 1)
        {
            _run.Clear();
            _runBytes = 0;
        }

        _run.Enqueue(item);
        _runBytes += item.Utf8.Length;
        _totalBytes += item.Utf8.Length;
        _last = item.Id;
        while (_run.Count > MaxEvents || (_runBytes > MaxBytes && _run.Count > 1)) _runBytes -= _run.Dequeue().Utf8.Length;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
