using System.Net.WebSockets;
using System.Text.Json;

namespace Cavra.Actors.Bench.Load;

/// <summary>A WebSocket client that follows a session to its end.</summary>
internal static class EventSocket
{
    /// <summary>Calls back for each event with the time since it was decided (milliseconds); ends with the final event.</summary>
    internal static async Task Follow(Uri api, string token, long session, Action<JsonElement, double> each, CancellationToken cancellation)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        await socket.ConnectAsync(new Uri($"ws://{api.Authority}/ws/executions/{session}"), cancellation);
        var buffer = new byte[256 * 1024];
        while (true)
        {
            var filled = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(filled), cancellation);
                filled += part.Count;
            }
            while (!part.EndOfMessage && part.MessageType != WebSocketMessageType.Close);
            if (part.MessageType == WebSocketMessageType.Close) return;
            var now = DateTimeOffset.UtcNow;
            using var document = JsonDocument.Parse(buffer.AsMemory(0, filled));
            each(document.RootElement, (now - document.RootElement.GetProperty("timestamp").GetDateTimeOffset()).TotalMilliseconds);
        }
    }
}
