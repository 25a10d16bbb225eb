using System.Net.WebSockets;
using System.Text.Json;

namespace Cavra.Actors.ApiHost.Tests.Support;

/// <summary>A client of the event socket.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly ClientWebSocket _socket;
    private byte[] _buffer = new byte[64 * 1024];

    private EventReader(ClientWebSocket socket) => _socket = socket;

    public ClientWebSocket Socket => _socket;

    public int? CloseCode => (int?)_socket.CloseStatus;

    public static async Task<EventReader> Open(TestHost host, object session, string? token, long? lastEventId = null, Action<ClientWebSocketOptions>? options = null, string query = "")
    {
        var socket = new ClientWebSocket();
        if (token is not null) socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        if (lastEventId is not null) socket.Options.SetRequestHeader("last_event_id", lastEventId.ToString());
        options?.Invoke(socket.Options);
        await socket.ConnectAsync(new UriBuilder(new Uri(host.Address, $"/ws/executions/{session}")) { Scheme = "ws", Query = query }.Uri, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        return new EventReader(socket);
    }

    /// <summary>The next event; null when the host has closed.</summary>
    public async Task<JsonElement?> Next()
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length) Array.Resize(ref _buffer, length * 2);
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), bound.Token);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            length += part.Count;
            if (part.EndOfMessage) return JsonDocument.Parse(_buffer.AsMemory(0, length).ToArray()).RootElement;
        }
    }

    /// <summary>Ids of all events until the host closes.</summary>
    public async Task<List<long>> Rest()
    {
        var ids = new List<long>();
        while (await Next() is { } item) ids.Add(item.GetProperty("event_id").GetInt64());
        return ids;
    }

    public void Dispose() => _socket.Dispose();
}
