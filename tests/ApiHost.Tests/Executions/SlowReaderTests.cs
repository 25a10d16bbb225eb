using System.Diagnostics;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Cavra.Actors.ApiHost.Executions.Events;
using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Executions;

[Collection(ApiCollection.Name)]
public sealed class SlowReaderTests(ApiFixture fixture)
{
    [Fact]
    public async Task D08_ReaderThatDoesNotRead_GetsAGapAnd1013_AndCanResume_OthersAreNotTouched()
    {
        const int outputs = 900;
        const int size = 32 * 1024;
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        await worker.Start(command);
        using var slow = await SmallWindow(id, tenant.Viewer.Token);
        using var fast = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token);
        // Live before the flood: what comes then is what a slow reader is too slow for.
        (await ReadMessage(slow)).ShouldNotBeNull();
        var data = new string('x', size);
        var flood = Stopwatch.StartNew();
        var sent = 0;
        long seen = 0;
        // Far enough behind, and for long enough; the fast one keeps pace all the while.
        while (sent < outputs || flood.Elapsed < EventSocket.Patience + TimeSpan.FromSeconds(1))
        {
            await worker.Send(TestWorker.Output(command, ++sent, sent <= outputs ? data : "."));
            JsonElement item;
            do
            {
                item = (await fast.Next())!.Value;
                item.GetProperty("event_id").GetInt64().ShouldBe(++seen);
            }
            while (item.GetProperty("event").GetString() != "execution.step.output");
        }

        await worker.Finish(command, lastStreamSeq: sent);
        await fast.Rest();
        fast.CloseCode.ShouldBe(1000);
        long last = 1;
        JsonElement? gap = null;
        while (await ReadMessage(slow) is { } message)
        {
            if (message.GetProperty("event").GetString() == "stream.gap") gap = message;
            else message.GetProperty("event_id").GetInt64().ShouldBe(++last);
        }

        slow.CloseStatus.ShouldBe((WebSocketCloseStatus)1013);
        gap.ShouldNotBeNull().GetProperty("resume_from").GetInt64().ShouldBe(last);
        ((long)outputs * size).ShouldBeGreaterThan(EventSocket.MaxBytesBehind);
        using var resumed = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token, last);
        (await resumed.Rest())[0].ShouldBe(last + 1);
        resumed.CloseCode.ShouldBe(1000);
    }

    // A receive buffer of a few KiB, so that the host's sends soon wait.
    private async Task<WebSocket> SmallWindow(long id, string token)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(fixture.Host.Address.Host, fixture.Host.Address.Port);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /ws/executions/{id} HTTP/1.1\r\nHost: {fixture.Host.Address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"));
        var answer = new StringBuilder();
        var one = new byte[1];
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            (await stream.ReadAsync(one)).ShouldBe(1);
            answer.Append((char)one[0]);
        }

        answer.ToString().ShouldStartWith("HTTP/1.1 101");
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = false });
    }

    private static async Task<JsonElement?> ReadMessage(WebSocket socket)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), bound.Token);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            length += part.Count;
            if (part.EndOfMessage) return JsonDocument.Parse(buffer.AsMemory(0, length).ToArray()).RootElement;
        }
    }
}
