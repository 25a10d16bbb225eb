using System.Buffers;
using System.Net.WebSockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>The WebSocket wire of an <see cref="AgentLink"/>: frames as JSON texts, one a message or (with the batch subprotocol) one a line.</summary>
internal sealed class AgentSocket(WebSocket socket, AgentLink link, bool batches)
{
    private const int MaxMessage = 1 << 20;
    private const int MaxBatchOut = 64 * 1024;
    private const int MaxBadFrames = 100;
    private static readonly TimeSpan CloseBound = TimeSpan.FromSeconds(3);
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ChannelPlans _plans = new();
    private volatile bool _planUnknown;
    private int _badFrames;

    /// <summary>Runs both ways until either ends; then closes.</summary>
    public async Task Run(CancellationToken stopping)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, link.Closed);
        var receiving = Receive();
        var sending = Send(any.Token);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onEnd = any.Token.Register(told.SetResult);
        var first = await Task.WhenAny(receiving, sending, told.Task);
        (WebSocketCloseStatus? code, var reason) = first == receiving ? await receiving : first == sending ? await sending : (WebSocketCloseStatus.NormalClosure, link.CloseReason);
        if (stopping.IsCancellationRequested) (code, reason) = (WebSocketCloseStatus.EndpointUnavailable, "the host stops");
        await link.Close(reason);
        await Task.WhenAny(sending, Task.Delay(CloseBound, CancellationToken.None));
        // A worker that does not read keeps the last send waiting.
        if (!sending.IsCompleted) socket.Abort();
        await Quietly(sending);
        await Close(code, reason, receiving);
    }

    private async Task<(WebSocketCloseStatus? Code, string Reason)> Receive()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            var length = 0;
            while (true)
            {
                if (length == buffer.Length) buffer = Grow(buffer);
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) return (WebSocketCloseStatus.NormalClosure, "closed by the worker");
                if (received.MessageType != WebSocketMessageType.Text) return (WebSocketCloseStatus.InvalidMessageType, "frames are text");
                length += received.Count;
                if (length > (batches ? MaxMessage : FrameCheck.MaxFrameBytes)) return (WebSocketCloseStatus.MessageTooBig, "the message is too large");
                if (!received.EndOfMessage) continue;
                await link.Accept(Frames(buffer.AsSpan(0, length)));
                if (_badFrames > MaxBadFrames) return (WebSocketCloseStatus.PolicyViolation, "too many frames could not be read");
                length = 0;
            }
        }
        catch (WebSocketException)
        {
            return (null, "connection lost");
        }
        catch (OperationCanceledException)
        {
            return (WebSocketCloseStatus.NormalClosure, link.CloseReason);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private List<SessionFrame> Frames(ReadOnlySpan<byte> message)
    {
        var frames = new List<SessionFrame>();
        while (!message.IsEmpty)
        {
            var end = batches ? message.IndexOf((byte)'\n') : -1;
            var line = end < 0 ? message : message[..end];
            message = end < 0 ? default : message[(end + 1)..];
            if (line.IsEmpty) continue;
            var (frame, problem, messageId) = FrameCheck.Read(line);
            if (frame is SessionFrame session)
            {
                if (session is AssignmentAckFrame { Accepted: false, Reason: "unknown_plan" }) _planUnknown = true;
                frames.Add(session);
            }
            else if (problem is not null)
            {
                _badFrames++;
                link.Refuse(messageId, problem);
            }
        }

        return frames;
    }

    private async Task<(WebSocketCloseStatus? Code, string Reason)> Send(CancellationToken cancellation)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        await using var json = new Utf8JsonWriter(buffer, WriterOptions);
        try
        {
            while (await link.WaitToSend(cancellation))
            {
                var hasFrame = link.TryTake(out var frame);
                while (hasFrame)
                {
                    if (buffer.WrittenCount > 0) buffer.Write("\n"u8);
                    json.Reset(buffer);
                    JsonSerializer.Serialize(json, batches && frame is AssignFrame assign ? Shorten(assign) : frame!, Wire<AgentFrame>.Info);
                    await json.FlushAsync(CancellationToken.None);
                    hasFrame = link.TryTake(out frame);
                    if (batches && buffer.WrittenCount < MaxBatchOut && hasFrame) continue;
                    await socket.SendAsync(buffer.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                    if (buffer.Capacity > MaxMessage) buffer = new ArrayBufferWriter<byte>(4096);
                    else buffer.ResetWrittenCount();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The link closes, or the host stops.
        }
        catch (WebSocketException)
        {
            return (null, "connection lost");
        }

        return (WebSocketCloseStatus.NormalClosure, link.CloseReason);
    }

    private AssignFrame Shorten(AssignFrame frame)
    {
        if (_planUnknown) _plans.Clear();
        _planUnknown = false;
        return _plans.Shorten(frame);
    }

    private async Task Close(WebSocketCloseStatus? code, string reason, Task receiving)
    {
        using var bound = new CancellationTokenSource(CloseBound);
        try
        {
            if (code is { } status && socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(status, reason.Length <= 100 ? reason : reason[..100], bound.Token);
            await receiving.WaitAsync(bound.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            socket.Abort();
            await Quietly(receiving);
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // Already said by whoever ended first.
        }
    }
}
