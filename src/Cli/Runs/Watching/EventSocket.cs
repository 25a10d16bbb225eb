using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;

namespace Cavra.Actors.Cli.Runs.Watching;

/// <summary>One connection to <c>/ws/executions/{id}</c> (contract, Events). Reads until it closes; the reason is in <see cref="End"/>.</summary>
internal sealed class EventSocket(ApiTarget target, long sessionId, long lastEvent) : IDisposable
{
    // An event holds at most 32 KiB of output, six times that when every byte needs an escape.
    private const int MaxMessageBytes = 4 << 20;
    private static readonly TimeSpan Alive = TimeSpan.FromSeconds(15);
    private readonly ClientWebSocket _socket = new();

    /// <summary>The close code, or the HTTP status that refused the upgrade, or 0 when the connection broke.</summary>
    internal int End { get; private set; }

    /// <summary>What the server said when it closed.</summary>
    internal string EndText { get; private set; } = "";

    internal async IAsyncEnumerable<JsonElement> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        if (!await ConnectAsync(stop)) yield break;
        var buffer = new byte[64 << 10];
        using var message = new MemoryStream();
        while (await ReceiveAsync(buffer, stop) is { } part)
        {
            await message.WriteAsync(buffer.AsMemory(0, part.Count), stop);
            if (message.Length > MaxMessageBytes)
                throw new CliFailureException($"the server sent an event of more than {MaxMessageBytes} bytes; is that the Cavra API?");
            if (!part.EndOfMessage) continue;
            using var document = JsonDocument.Parse(message.GetBuffer().AsMemory(0, (int)message.Length));
            yield return document.RootElement.Clone();
            message.SetLength(0);
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> ConnectAsync(CancellationToken stop)
    {
        var address = new UriBuilder(new Uri(target.Api.AbsoluteUri.TrimEnd('/') + string.Create(CultureInfo.InvariantCulture, $"/ws/executions/{sessionId}")));
        address.Scheme = address.Scheme == "https" ? "wss" : "ws";
        _socket.Options.SetRequestHeader("Authorization", "Bearer " + target.Token);
        _socket.Options.SetRequestHeader("last_event_id", lastEvent.ToString(CultureInfo.InvariantCulture));
        _socket.Options.KeepAliveInterval = Alive;
        _socket.Options.KeepAliveTimeout = Alive;
        _socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await _socket.ConnectAsync(address.Uri, stop);
            return true;
        }
        catch (WebSocketException e)
        {
            End = _socket.HttpStatusCode == HttpStatusCode.SwitchingProtocols ? 0 : (int)_socket.HttpStatusCode;
            EndText = e.Message;
            return false;
        }
    }

    private async Task<ValueWebSocketReceiveResult?> ReceiveAsync(byte[] buffer, CancellationToken stop)
    {
        try
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(), stop);
            if (part.MessageType != WebSocketMessageType.Close) return part;
            End = (int)(_socket.CloseStatus ?? WebSocketCloseStatus.Empty);
            EndText = _socket.CloseStatusDescription ?? "";
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stop);
            return null;
        }
        catch (WebSocketException e)
        {
            EndText = e.Message;
            return null;
        }
    }
}
