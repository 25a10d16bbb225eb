using System.Collections.Immutable;
using System.Globalization;
using Cavra.Actors.Identity;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>
/// Frames on their way up: kept in order until the orchestrator has them, sent again after a reconnect. Output of one run is bounded; its
/// sender waits at the bound, and with it the step's pipes.
/// </summary>
internal sealed class Outbox : IDisposable
{
    /// <summary>How long a frame may wait for company that need not be told at once.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    /// <summary>Unacknowledged output of one run, in frames.</summary>
    internal const int RunFrames = 256;

    /// <summary>Unacknowledged output of one run, in characters.</summary>
    internal const int RunCharacters = 4 * 1024 * 1024;

    private const int LargestBatch = 64;
    private readonly Lock _lock = new();
    private readonly string _sender = Guid.NewGuid().ToString("N")[..12];
    private readonly LinkedList<Entry> _frames = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byMessage = new(StringComparer.Ordinal);
    private readonly Dictionary<StepKey, RunOutput> _runs = [];
    private LinkedListNode<Entry>? _next;
    private TaskCompletionSource _ready = NewSignal();
    private readonly Timer _patience;
    private long _count;
    private bool _isPatient;

    // Waits for the wire are in real time, whatever clock the worker lives by.
    internal Outbox() => _patience = new Timer(static box => ((Outbox)box!).LosePatience(), this, Timeout.Infinite, Timeout.Infinite);

    private sealed record Entry(AgentFrame Frame, StepKey? Output);

    private sealed class RunOutput(SessionId session)
    {
        internal SessionId Session { get; } = session;

        internal Queue<LinkedListNode<Entry>> Frames { get; } = new();

        internal int Characters { get; set; }

        internal TaskCompletionSource? Waiting { get; set; }

        internal bool IsFull => Frames.Count >= RunFrames || Characters >= RunCharacters;
    }

    /// <summary>Frames that the orchestrator has not acknowledged.</summary>
    internal int Unacknowledged
    {
        get
        {
            lock (_lock)
                return _frames.Count;
        }
    }

    /// <summary>Puts a control frame in line.</summary>
    internal void Add(AgentFrame frame)
    {
        lock (_lock)
        {
            Put(frame, null);
            _ready.TrySetResult();
        }
    }

    /// <summary>
    /// Puts a control frame in line that leaves with the next one, or after <see cref="Patience"/>. For news that the next frame makes old: that a step started
    /// says little once its result is there, and together they are one message, one turn and one commit.
    /// </summary>
    internal void AddSoon(AgentFrame frame)
    {
        lock (_lock)
        {
            Put(frame, null);
            if (_isPatient)
                return;
            _isPatient = true;
            _patience.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Puts output in line; waits while the run has too much of it unacknowledged.</summary>
    internal async ValueTask AddOutput(StepKey run, StepOutputFrame frame, CancellationToken cancel)
    {
        while (true)
        {
            Task full;
            lock (_lock)
            {
                if (!_runs.TryGetValue(run, out var output))
                    _runs[run] = output = new RunOutput(frame.SessionId);
                if (!output.IsFull)
                {
                    output.Characters += frame.Data.Length;
                    output.Frames.Enqueue(Put(frame, run));
                    _ready.TrySetResult();
                    return;
                }

                full = (output.Waiting ??= NewSignal()).Task;
            }

            await full.WaitAsync(cancel);
        }
    }

    /// <summary>The unacknowledged frame with this message id; null when it has been acknowledged or never was ours.</summary>
    internal AgentFrame? Find(string messageId)
    {
        lock (_lock)
            return _byMessage.TryGetValue(messageId, out var node) ? node.Value.Frame : null;
    }

    /// <summary>The orchestrator has this control frame. Output is acknowledged by its numbers, not by this.</summary>
    internal void Acknowledge(string messageId)
    {
        lock (_lock)
        {
            if (_byMessage.TryGetValue(messageId, out var node) && node.Value.Output is null)
                Remove(node);
        }
    }

    /// <summary>The orchestrator has the output of a step up to a number.</summary>
    internal void AcknowledgeOutput(OutputAckFrame ack)
    {
        lock (_lock)
            foreach (var (key, output) in _runs)
                if (output.Session == ack.SessionId && key.Step == ack.StepNumber && (ack.Attempt ?? key.Attempt) == key.Attempt && (ack.IsRollback ?? key.IsRollback) == key.IsRollback)
                    Trim(output, ack.StreamSeq);
    }

    /// <summary>The run's result has been taken: nothing of the run is of use any more.</summary>
    internal void Forget(StepKey run)
    {
        lock (_lock)
        {
            if (_runs.Remove(run, out var output))
                Trim(output, long.MaxValue);
        }
    }

    /// <summary>The assignment is over: what is left of it goes, but for answers that the orchestrator waits for: the ACK, why the pre-flight failed, results.</summary>
    internal void Forget(AssignmentId assignment)
    {
        lock (_lock)
        {
            foreach (var key in _runs.Keys.Where(key => key.Assignment == assignment).ToList())
                if (_runs.Remove(key, out var output))
                    Trim(output, long.MaxValue);
            for (var node = _frames.First; node is not null;)
            {
                var following = node.Next;
                if (node.Value.Frame is SessionFrame frame and not (StepResultFrame or AssignmentAckFrame or PreflightFrame { Ok: false }) && frame.AssignmentId == assignment)
                    Remove(node);

                node = following;
            }
        }
    }

    /// <summary>A new channel: everything unacknowledged is sent again, in order.</summary>
    internal void Rewind()
    {
        lock (_lock)
        {
            _next = _frames.First;
            if (_next is not null)
                _ready.TrySetResult();
        }
    }

    /// <summary>Waits for frames that this channel has not sent.</summary>
    internal async Task<ImmutableArray<AgentFrame>> Take(CancellationToken cancel)
    {
        while (true)
        {
            Task ready;
            lock (_lock)
            {
                var frames = ImmutableArray.CreateBuilder<AgentFrame>();
                while (_next is { } node && frames.Count < LargestBatch)
                {
                    frames.Add(node.Value.Frame);
                    _next = node.Next;
                    // Nobody acknowledges an acknowledgement: it is sent once, and what it answers is sent again if it is lost.
                    if (node.Value.Frame is AckFrame)
                        Remove(node);
                }

                if (frames.Count > 0)
                    return frames.DrainToImmutable();
                if (_ready.Task.IsCompleted)
                    _ready = NewSignal();
                ready = _ready.Task;
            }

            await ready.WaitAsync(cancel);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _patience.Dispose();

    private LinkedListNode<Entry> Put(AgentFrame frame, StepKey? output)
    {
        // An acknowledgement carries the number of what it answers.
        var isAck = frame is AckFrame;
        var id = isAck ? frame.MessageId : string.Create(CultureInfo.InvariantCulture, $"{_sender}-{++_count}");
        var node = _frames.AddLast(new Entry(frame with { MessageId = id }, output));
        if (!isAck)
            _byMessage[id!] = node;
        _next ??= node;
        return node;
    }

    private void LosePatience()
    {
        lock (_lock)
        {
            _isPatient = false;
            if (_next is not null)
                _ready.TrySetResult();
        }
    }

    private void Trim(RunOutput output, long upTo)
    {
        while (output.Frames.TryPeek(out var node) && node.Value.Frame is StepOutputFrame frame && frame.StreamSeq <= upTo)
        {
            output.Frames.Dequeue();
            output.Characters -= frame.Data.Length;
            Remove(node);
        }

        if (!output.IsFull && output.Waiting is { } waiting)
        {
            output.Waiting = null;
            waiting.TrySetResult();
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        if (ReferenceEquals(_next, node))
            _next = node.Next;
        if (node.Value.Frame is { MessageId: { } id } and not AckFrame)
            _byMessage.Remove(id);
        _frames.Remove(node);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
