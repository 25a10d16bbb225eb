using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary>One open event socket: sends what its cursor gives, ignores what the client says, ends for one of the stated reasons.</summary>
internal sealed class EventSocket(WebSocket socket, TimeProvider time)
{
    /// <summary>Events by which a live client may be behind before it counts as too slow.</summary>
    public const int MaxEventsBehind = 8192;

    /// <summary>Bytes by which a live client may be behind before it counts as too slow.</summary>
    public const int MaxBytesBehind = 8 << 20;

    /// <summary>For how long: a burst that a client works off is no slowness, for being behind costs the host nothing but a read of the table.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int MaxClientMessage = 4 * 1024;
    private static readonly TimeSpan CloseBound = TimeSpan.FromSeconds(5);

    // CancellationTokenSource takes no longer delays.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);
    private Task<SocketEnd>? _listening;

    /// <summary>Relays events until the session, the client, the token or the host ends.</summary>
    public async Task<SocketEnd> Relay(SessionFeed feed, EventCursor cursor, DateTimeOffset expires, CancellationToken stopping)
    {
        var left = expires - time.GetUtcNow();
        if (left <= TimeSpan.Zero) return SocketEnd.Unauthorized;
        using var expiry = new CancellationTokenSource(left < LongestTimer ? left : LongestTimer, time);
        using var ended = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, ended.Token, stopping);
        _listening = Listen(ended);
        try
        {
            return await Send(feed, cursor, any.Token);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            if (ended.IsCancellationRequested) return await _listening;
            return expiry.IsCancellationRequested ? SocketEnd.Unauthorized : SocketEnd.Stopping;
        }
        catch (WebSocketException)
        {
            return SocketEnd.Gone;
        }
    }

    /// <summary>Says the reason and waits a moment for the client's own close.</summary>
    public async Task Close(int code, string reason)
    {
        using var bound = new CancellationTokenSource(CloseBound, time);
        try
        {
            if (code != 0 && socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, bound.Token);
            using var drained = new CancellationTokenSource();
            if (socket.State == WebSocketState.CloseSent) await (_listening ?? Listen(drained)).WaitAsync(bound.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException or IOException)
        {
            socket.Abort();
        }
    }

    private async Task<SocketEnd> Send(SessionFeed feed, EventCursor cursor, CancellationToken cancellation)
    {
        long? liveBytes = null;
        long? behindSince = null;
        while (true)
        {
            var events = await cursor.Next(cancellation);
            if (cursor.IsLive) liveBytes ??= feed.TotalBytes;
            foreach (var item in events)
            {
                var started = time.GetTimestamp();
                // Never cancelled half-way: a cancelled send would break the connection before its close code.
                await socket.SendAsync(item.Utf8, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                if (item.IsFinal) return SocketEnd.Done;
                liveBytes += item.Utf8.Length;
                cancellation.ThrowIfCancellationRequested();
                behindSince = IsBehind(feed, item.Id, liveBytes) ? behindSince ?? started : null;
                if (behindSince is null || time.GetElapsedTime(behindSince.Value) < Patience) continue;
                await socket.SendAsync(Gap(item.Id), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                return new SocketEnd(SocketEnd.TryLater.Code, "too slow; resume after the last event");
            }
        }
    }

    private static bool IsBehind(SessionFeed feed, long sent, long? sentBytes) =>
        sentBytes is { } bytes && (feed.Last - sent > MaxEventsBehind || feed.TotalBytes - bytes > MaxBytesBehind);

    private static byte[] Gap(long sent) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"event":"stream.gap","resume_from":{{sent}}}"""));

    private async Task<SocketEnd> Listen(CancellationTokenSource ended)
    {
        var end = SocketEnd.Gone;
        try
        {
            var buffer = new byte[MaxClientMessage];
            var size = 0;
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) break;
                size += received.Count;
                if (size > MaxClientMessage || (size == MaxClientMessage && !received.EndOfMessage))
                {
                    end = SocketEnd.TooBig;
                    break;
                }

                if (received.EndOfMessage) size = 0;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client went away.
        }

        await ended.CancelAsync();
        return end;
    }
}
