using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>
/// One worker's channel without its wire: reports frames to their sessions (of one session in order, of several side by side), collects acknowledgements, and
/// takes what goes down. The WebSocket and the engine inside the host are its two wires.
/// </summary>
internal sealed partial class AgentLink : IAgentChannel, IDisposable
{
    /// <summary>Frames that may wait to go down; one more closes the channel, the worker resends and is resent to after its reconnect.</summary>
    public const int DownLimit = 4096;

    /// <summary>Frames that may wait to be reported; beyond it the wire is not read.</summary>
    public const int UpLimit = 512;

    private const int MaxBatch = 256;

    /// <summary>Acknowledgements that may wait for a frame to ride with, and how long.</summary>
    private const int MaxWaitingAcks = 64;
    private static readonly TimeSpan AckPatience = TimeSpan.FromMilliseconds(5);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<AgentFrame> _down = Channel.CreateBounded<AgentFrame>(new BoundedChannelOptions(DownLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly SemaphoreSlim _room = new(UpLimit, UpLimit);
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<SessionId, Queue<SessionFrame>> _queues = [];
    private readonly Queue<AgentFrame> _acks = new();
    private readonly Timer _ackPatience;
    private bool _isPatient;
    private int _disposed;

    /// <summary>Makes the link of a worker.</summary>
    public AgentLink(WorkerId worker, string channelId, IGrainFactory grains, TimeProvider time, ILogger logger)
    {
        (Worker, ChannelId, _grains, _time, _logger, Closed) = (worker, channelId, grains, time, logger, _closed.Token);
        // Waits for the wire are in real time, whatever clock the host lives by.
        _ackPatience = new Timer(static link => ((AgentLink)link!).SendAcks(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The worker, by its certificate.</summary>
    public WorkerId Worker { get; }

    /// <summary>This channel's name; a later one of the same worker has another.</summary>
    public string ChannelId { get; }

    /// <summary>Waits until something is to go down; false when the link has ended.</summary>
    public ValueTask<bool> WaitToSend(CancellationToken cancellation) => _down.Reader.WaitToReadAsync(cancellation);

    /// <summary>The next frame to go down, in order; last the acknowledgements that waited for company.</summary>
    public bool TryTake([MaybeNullWhen(false)] out AgentFrame frame)
    {
        if (_down.Reader.TryRead(out frame)) return true;
        lock (_gate) return _acks.TryDequeue(out frame);
    }

    /// <summary>Cancelled when the link is to end; then <see cref="CloseReason"/> says why.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Why the link is to end.</summary>
    public string CloseReason { get; private set; } = "closed";

    /// <inheritdoc/>
    public Task Send(SessionFrame frame)
    {
        Queue(frame);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Close(string reason)
    {
        if (Closed.IsCancellationRequested) return Task.CompletedTask;
        CloseReason = reason;
        return Volatile.Read(ref _disposed) == 1 ? Task.CompletedTask : _closed.CancelAsync();
    }

    /// <summary>Takes frames that came in together; waits while too many are unreported.</summary>
    public async ValueTask Accept(IReadOnlyList<SessionFrame> frames)
    {
        foreach (var frame in frames) await _room.WaitAsync(Closed);
        List<SessionId>? idle = null;
        lock (_gate)
        {
            foreach (var frame in frames)
            {
                if (!_queues.TryGetValue(frame.SessionId, out var queue))
                {
                    _queues[frame.SessionId] = queue = new Queue<SessionFrame>();
                    (idle ??= []).Add(frame.SessionId);
                }

                queue.Enqueue(frame);
            }
        }

        foreach (var session in idle ?? []) _ = Pump(session);
    }

    /// <summary>Answers a frame that could not be read.</summary>
    public void Refuse(string? messageId, string problem)
    {
        Refused(Worker.Value, problem);
        Queue(new AckFrame { MessageId = messageId, Code = "malformed_frame" });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _ackPatience.Dispose();
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task Pump(SessionId session)
    {
        while (Next(session) is { } batch)
        {
            try
            {
                var receipts = await Report(session, batch);
                if (receipts.IsDefault) return;
                Acknowledge(session, batch, receipts);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                ReportFailed(e, Worker.Value, session.Value);
                foreach (var frame in batch) Queue(new AckFrame { MessageId = frame.MessageId, Code = "internal_error" });
            }
            finally
            {
                _room.Release(batch.Length);
            }
        }
    }

    // The queue stays in the dictionary while its pump runs: frames that come meanwhile find it there and start no other.
    private ImmutableArray<SessionFrame>? Next(SessionId session)
    {
        lock (_gate)
        {
            var queue = _queues[session];
            if (queue.Count == 0)
            {
                _queues.Remove(session);
                return null;
            }

            var batch = ImmutableArray.CreateBuilder<SessionFrame>(Math.Min(queue.Count, MaxBatch));
            while (batch.Count < batch.Capacity) batch.Add(queue.Dequeue());
            return batch.MoveToImmutable();
        }
    }

    private void Acknowledge(SessionId session, ImmutableArray<SessionFrame> batch, ImmutableArray<FrameReceipt> receipts)
    {
        Dictionary<(int Step, int Attempt, bool IsRollback), long>? outputs = null;
        for (var i = 0; i < batch.Length; i++)
        {
            if (batch[i] is StepOutputFrame output && (receipts[i].Accepted || receipts[i].AckedStreamSeq > 0))
            {
                outputs ??= [];
                var run = (output.StepNumber, output.Attempt, output.IsRollback);
                outputs[run] = Math.Max(outputs.GetValueOrDefault(run), receipts[i].AckedStreamSeq);
            }
            else if (receipts[i].Accepted)
            {
                QueueAck(new AckFrame { MessageId = batch[i].MessageId });
            }
            else
            {
                Queue(new AckFrame { MessageId = batch[i].MessageId, Code = receipts[i].Code ?? "stale_assignment" });
            }
        }

        foreach (var (run, sequence) in outputs ?? [])
            Queue(new OutputAckFrame { SessionId = session, StepNumber = run.Step, StreamSeq = sequence, Attempt = run.Attempt, IsRollback = run.IsRollback });
    }

    /// <summary>Nobody waits for a plain acknowledgement: it goes with the next frame, most often the next command, or a moment later.</summary>
    private void QueueAck(AckFrame ack)
    {
        bool isFull;
        lock (_gate)
        {
            _acks.Enqueue(ack);
            if (!_isPatient) BePatient();
            isFull = _acks.Count >= MaxWaitingAcks;
        }

        if (isFull) SendAcks();
    }

    // One acknowledgement in the channel is enough to wake the wire, which then takes the others along.
    private void SendAcks()
    {
        lock (_gate)
        {
            _isPatient = false;
            if (!_acks.TryDequeue(out var ack)) return;
            Queue(ack);
            if (_acks.Count > 0) BePatient();
        }
    }

    private void BePatient() => _isPatient = Volatile.Read(ref _disposed) == 0 && _ackPatience.Change(AckPatience, Timeout.InfiniteTimeSpan);

    private void Queue(AgentFrame frame)
    {
        if (!_down.Writer.TryWrite(frame)) _ = Close("too many frames wait to be sent");
    }
}
