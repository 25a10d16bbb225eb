using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Cli.Tests.StandIn;

/// <summary>What a request carried.</summary>
internal sealed record Received(string Method, string Path, string Body, string? Token, string? IdempotencyKey, string? ContentType);

/// <summary>
/// Stands in for the API: a real server on a free port that answers what a test told it to, in the contract's shapes, and keeps what it was
/// asked. The real API has tests of its own.
/// </summary>
internal sealed class StandInApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, Queue<(int Status, string Body)>> _answers = [];
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<Func<EventConnection, Task>> _connections = new();

    private StandInApi(WebApplication app) => _app = app;

    internal string Address { get; private set; } = "";

    internal ConcurrentQueue<Received> Requests { get; } = new();

    internal static async Task<StandInApi> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var api = new StandInApi(app);
        app.UseWebSockets();
        app.Run(api.ServeAsync);
        await app.StartAsync();
        api.Address = app.Urls.Single();
        return api;
    }

    /// <summary>Answers a call; with several answers each one in turn, the last one for good.</summary>
    internal StandInApi On(string call, string body, int status = 200)
    {
        lock (_gate)
        {
            if (!_answers.TryGetValue(call, out var queue)) _answers[call] = queue = new Queue<(int, string)>();
            queue.Enqueue((status, body));
        }
        return this;
    }

    /// <summary>What happens on the next connection to the event socket.</summary>
    internal StandInApi OnEvents(Func<EventConnection, Task> script)
    {
        _connections.Enqueue(script);
        return this;
    }

    internal Received Single(string method, string path) => Requests.Single(r => r.Method == method && r.Path == path);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext http)
    {
        if (http.WebSockets.IsWebSocketRequest)
        {
            await ServeEventsAsync(http);
            return;
        }
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var path = http.Request.Path + http.Request.QueryString.Value;
        Requests.Enqueue(new Received(
            http.Request.Method, path, await reader.ReadToEndAsync(), Bearer(http), http.Request.Headers["Idempotency-Key"], http.Request.ContentType));
        var (status, body) = Answer(http.Request.Method + " " + path) ?? Answer(http.Request.Method + " " + http.Request.Path.Value)
            ?? (404, """{"code":"not_found","detail":"no such thing","status":404,"trace_id":"t-404"}""");
        http.Response.StatusCode = status;
        http.Response.ContentType = status < 400 ? "application/json" : "application/problem+json";
        await http.Response.WriteAsync(body);
    }

    private async Task ServeEventsAsync(HttpContext http)
    {
        if (!_connections.TryDequeue(out var script))
        {
            http.Response.StatusCode = 503;
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        await script(new EventConnection(socket, http.Request.Headers["last_event_id"].ToString(), Bearer(http), http.Request.Path));
    }

    private (int Status, string Body)? Answer(string call)
    {
        lock (_gate)
        {
            if (!_answers.TryGetValue(call, out var queue)) return null;
            return queue.Count > 1 ? queue.Dequeue() : queue.Peek();
        }
    }

    private static string? Bearer(HttpContext http) => http.Request.Headers.Authorization.ToString() is { Length: > 7 } value ? value[7..] : null;
}

/// <summary>The server's end of one event socket.</summary>
internal sealed class EventConnection(WebSocket socket, string lastEventId, string? token, string path)
{
    internal string LastEventId { get; } = lastEventId;

    internal string? Token { get; } = token;

    internal string Path { get; } = path;

    internal Task SendAsync(string json) => socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, CancellationToken.None);

    internal async Task CloseAsync(int code)
    {
        await socket.CloseOutputAsync((WebSocketCloseStatus)code, null, CancellationToken.None);
        await UntilClosedAsync();
    }

    /// <summary>The connection breaks without a word.</summary>
    internal void Break() => socket.Abort();

    internal async Task UntilClosedAsync()
    {
        var buffer = new byte[1024];
        try
        {
            while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                await socket.ReceiveAsync(buffer, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The client is gone.
        }
    }
}
