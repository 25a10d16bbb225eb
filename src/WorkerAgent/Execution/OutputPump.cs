using System.Globalization;
using System.Text;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>
/// Reads both streams of a step and hands on ordered chunks: at most 32 KiB each, none held longer than 100 ms. While the
/// receiver has not taken a chunk nothing is read.
/// </summary>
internal sealed class OutputPump : IAsyncDisposable
{
    internal const int ChunkBytes = 32 * 1024;
    internal const long DefaultLimitBytes = 64L * 1024 * 1024;
    internal const string Status = "status";
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(80);
    private readonly Func<OutputChunk, CancellationToken, ValueTask> _receive;
    private readonly TimeProvider _time;
    private readonly long _limitBytes;
    private readonly CancellationToken _stop;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly StringBuilder _pending = new();
    private readonly ITimer _timer;
    private string _pendingType = "";
    private long _lastSent;
    private long _taken;

    /// <param name="stop">Ends waiting for the receiver; what is left is read and dropped.</param>
    internal OutputPump(Func<OutputChunk, CancellationToken, ValueTask> receive, TimeProvider time, long limitBytes, CancellationToken stop)
    {
        (_receive, _time, _limitBytes, _stop) = (receive, time, limitBytes, stop);
        _lastSent = time.GetTimestamp();
        _timer = time.CreateTimer(_ => _ = FlushLate(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal long LastSeq { get; private set; }

    internal bool Truncated { get; private set; }

    /// <summary>Pumps one stream to its end.</summary>
    internal async Task Pump(Stream source, OutputStream stream)
    {
        var buffer = new byte[ChunkBytes];
        while (await source.ReadAsync(buffer) is var read and > 0)
            await Take(stream, buffer.AsMemory(0, read));
        // What a sanitizer held back at the cut could be half a secret: it is dropped with the rest.
        if (!Truncated)
            await Locked(() => Append(stream, stream.End()));
        await Locked(Send);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _turn.Dispose();
    }

    private async Task Take(OutputStream stream, ReadOnlyMemory<byte> bytes)
    {
        if (Truncated)
            return;
        await Locked(async () =>
        {
            var room = (int)Math.Min(bytes.Length, _limitBytes - _taken);
            _taken += room;
            await Append(stream, stream.Push(bytes.Span[..room]));
            if (room < bytes.Length && !Truncated)
                await Truncate();
        });
    }

    private async ValueTask Truncate()
    {
        Truncated = true;
        await Send();
        var text = string.Create(CultureInfo.InvariantCulture, $"output limit of {_limitBytes} bytes reached, the rest is dropped; the step goes on\n");
        await Deliver(Status, text);
    }

    private async ValueTask Append(OutputStream stream, string text)
    {
        if (text.Length == 0)
            return;
        if (_pendingType != stream.Type)
        {
            await Send();
            _pendingType = stream.Type;
        }

        var wasEmpty = _pending.Length == 0;
        _pending.Append(text);
        // The first output after a pause goes at once; only a burst is gathered.
        if (_pending.Length >= ChunkBytes || _time.GetElapsedTime(_lastSent) >= LongestHold)
            await Send();
        else if (wasEmpty)
            _timer.Change(LongestHold, Timeout.InfiniteTimeSpan);
    }

    private async Task FlushLate()
    {
        try
        {
            await Locked(Send);
        }
        catch (Exception error) when (error is ObjectDisposedException or OperationCanceledException)
        {
            // The step ended while the timer fired: everything has been sent.
        }
    }

    private async ValueTask Send()
    {
        if (_pending.Length == 0)
            return;
        var text = _pending.ToString();
        _pending.Clear();
        foreach (var piece in Pieces(text))
            await Deliver(_pendingType, piece);
        _lastSent = _time.GetTimestamp();
    }

    private ValueTask Deliver(string type, string data) =>
        _stop.IsCancellationRequested ? ValueTask.CompletedTask : _receive(new OutputChunk(++LastSeq, type, data), _stop);

    private static IEnumerable<string> Pieces(string text)
    {
        // UTF-16 to UTF-8 is at most 3 bytes per unit: most text is one piece without measuring.
        if (text.Length <= ChunkBytes / 3)
        {
            yield return text;
            yield break;
        }

        var encoder = Encoding.UTF8.GetEncoder();
        var bytes = new byte[ChunkBytes];
        for (var start = 0; start < text.Length;)
        {
            encoder.Reset();
            encoder.Convert(text.AsSpan(start), bytes, flush: true, out var used, out _, out _);
            yield return text.Substring(start, used);
            start += used;
        }
    }

    private async Task Locked(Func<ValueTask> action)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            await action();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped while the receiver did not take: the pipes are drained on, what they hold is dropped.
        }
        finally
        {
            _turn.Release();
        }
    }
}
