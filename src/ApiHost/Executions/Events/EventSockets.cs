using System.Globalization;
using System.Net.WebSockets;
using Cavra.Actors.ApiHost.Health;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary>
/// <c>WS /ws/executions/{id}</c>. Whoever comes from an allowed origin gets the upgrade; what is wrong is said with a close code (details, "Answer
/// shapes").
/// </summary>
internal sealed class EventSockets(
    Authenticator authenticator, ISessionReader reader, SessionFeeds feeds, ApiSettings settings, ProcessMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(15);

    // A client that does not read for a while may come back; its memory here is one slice of the feed.
    private static readonly TimeSpan PongBound = TimeSpan.FromSeconds(60);

    /// <summary>Serves one socket until it ends.</summary>
    public async Task Handle(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await ProblemAnswer.Invalid(context, "Upgrade", "this address speaks WebSocket only");
            return;
        }

        if (!SocketToken.IsAllowedOrigin(context.Request, settings))
        {
            await ProblemAnswer.Write(context, "origin_not_allowed", "Sockets open from this host's own pages and configured origins only.");
            return;
        }

        var protocols = context.WebSockets.WebSocketRequestedProtocols;
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = protocols.Contains(SocketToken.Protocol) ? SocketToken.Protocol : null,
            KeepAliveInterval = Ping,
            KeepAliveTimeout = PongBound,
        });
        metrics.EventSocket(1);
        try
        {
            var session = new EventSocket(socket, time);
            var end = await Open(context, session);
            await session.Close(end.Code, end.Reason);
        }
        finally
        {
            metrics.EventSocket(-1);
        }
    }

    private async Task<SocketEnd> Open(HttpContext context, EventSocket socket)
    {
        var caller = await authenticator.Authenticate(SocketToken.Of(context), context.RequestAborted);
        if (caller is null || !Access.Read.Allows(caller.Actor)) return SocketEnd.Unauthorized;
        if (!caller.Budget.TryTake(out _)) return SocketEnd.TryLater;
        if (!long.TryParse(context.Request.RouteValues["id"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1) return SocketEnd.NotFound;
        if (!SocketToken.TryResume(context.Request, out var since)) return SocketEnd.BadResume;
        try
        {
            var head = await reader.Head(caller.Actor.Tenant, new SessionId(number), context.RequestAborted);
            if (head is null) return SocketEnd.NotFound;
            if (since > head.LastEventSeq) return SocketEnd.BadResume;
            if (head.Ended && since == head.LastEventSeq) return SocketEnd.Done;
            await using var lease = await feeds.Join(head);
            return await socket.Relay(lease.Feed, new EventCursor(lease.Feed, reader, time, since), caller.Expires, lifetime.ApplicationStopping);
        }
        catch (Exception e) when (Outage.Is(e))
        {
            return SocketEnd.TryLater;
        }
    }
}

/// <summary>How a socket ends (contract, section Events).</summary>
internal sealed record SocketEnd(int Code, string Reason)
{
    public static readonly SocketEnd Done = new((int)WebSocketCloseStatus.NormalClosure, "the session has ended");
    public static readonly SocketEnd Stopping = new((int)WebSocketCloseStatus.EndpointUnavailable, "the host stops");
    public static readonly SocketEnd TooBig = new((int)WebSocketCloseStatus.MessageTooBig, "messages may have at most 4 KiB");
    public static readonly SocketEnd TryLater = new(1013, "try again later");
    public static readonly SocketEnd BadResume = new(4400, "last_event_id is not an event of this session");
    public static readonly SocketEnd Unauthorized = new(4401, "no valid token");
    public static readonly SocketEnd NotFound = new(4404, "no such session");

    /// <summary>The client closed or went away: nothing to say.</summary>
    public static readonly SocketEnd Gone = new(0, "");
}
