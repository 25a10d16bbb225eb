using System.Buffers;
using System.Collections.Immutable;
using System.Net.WebSockets;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>The channel over a WebSocket. One sender and one receiver at a time.</summary>
internal sealed class WebSocketAgentLink(WebSocket socket, Action<string> badFrame) : IAgentLink
{
    /// <summary>An assignment holds a whole plan; nothing that the orchestrator sends is larger than this.</summary>
    internal const int LargestMessageBytes = 8 * 1024 * 1024;

    // A batch is closed at this size; one frame may be larger.
    private const int BatchBytes = 256 * 1024;
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);
    private readonly ArrayBufferWriter<byte> _outgoing = new(64 * 1024);
    private readonly bool _batch = socket.SubProtocol == FrameCodec.BatchProtocol;
    private readonly ChannelPlans _plans = new();
    private byte[] _incoming = new byte[64 * 1024];

    /// <inheritdoc/>
    public async ValueTask Send(IReadOnlyList<AgentFrame> frames, CancellationToken cancel)
    {
        try
        {
            _outgoing.ResetWrittenCount();
            foreach (var frame in frames)
            {
                if (_outgoing.WrittenCount > 0 && (!_batch || _outgoing.WrittenCount >= BatchBytes))
                    await Flush(cancel);
                if (_outgoing.WrittenCount > 0)
                    _outgoing.Write("\n"u8);
                FrameCodec.Write(_outgoing, frame);
            }

            await Flush(cancel);
        }
        catch (Exception error) when (error is WebSocketException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            throw new AgentServerException("unreachable", $"the channel is lost: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<AgentFrame>> Receive(CancellationToken cancel)
    {
        try
        {
            while (await ReadMessage(cancel) is { } length)
            {
                var frames = FrameCodec.Read(_incoming.AsSpan(0, length), _batch, badFrame);
                if (!frames.IsEmpty)
                    return _batch ? [.. frames.Select(frame => frame is AssignFrame assign ? _plans.Complete(assign) : frame)] : frames;
            }

            return [];
        }
        catch (Exception error) when (error is WebSocketException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            throw new AgentServerException("unreachable", $"the channel is lost: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            using var limit = new CancellationTokenSource(CloseLimit);
            try
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            }
            catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
            {
                // Lost already; what matters is that it is let go.
            }
        }

        socket.Dispose();
    }

    private async ValueTask Flush(CancellationToken cancel)
    {
        if (_outgoing.WrittenCount == 0)
            return;
        await socket.SendAsync(_outgoing.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, cancel);
        _outgoing.ResetWrittenCount();
    }

    /// <returns>The message's length, or null when the other side closed.</returns>
    private async ValueTask<int?> ReadMessage(CancellationToken cancel)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(_incoming.AsMemory(length), cancel);
            if (read.MessageType == WebSocketMessageType.Close)
                return null;
            length += read.Count;
            if (read.EndOfMessage)
                return length;
            if (length < _incoming.Length)
                continue;
            if (length >= LargestMessageBytes)
                throw new AgentServerException("message_too_large", $"the orchestrator sent a message of more than {LargestMessageBytes} bytes");
            Array.Resize(ref _incoming, Math.Min(LargestMessageBytes, 2 * length));
        }
    }
}
