using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Cavra.Actors.ApiHost.Agents;
using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Agents;

[Collection(ApiCollection.Name)]
public sealed class AgentChannelTests(ApiFixture fixture)
{
    [Fact]
    public async Task ControlFramesAreAcknowledgedById_OutputCumulatively()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless");
        var assignment = await worker.Next("session.assign");
        foreach (var field in new[] { "session_id", "assignment_id", "attempt", "ack_within_ms", "ticket_id", "environment_profile", "worker_requirements", "runbook_steps", "credentials", "sandbox_profile", "message_id" })
            assignment.ContainsKey(field).ShouldBeTrue(field);
        var accepted = TestWorker.About(assignment, "session.ack", ("accepted", true));
        await worker.Send(accepted);
        var acknowledged = await worker.Next("ack");
        acknowledged["message_id"]!.GetValue<string>().ShouldBe(accepted["message_id"]!.GetValue<string>());
        acknowledged["code"].ShouldBeNull();
        await worker.Send(TestWorker.About(assignment, "session.preflight", ("ok", true), ("checks", new JsonArray(new JsonObject { ["name"] = "sandbox", ["ok"] = true, ["detail"] = "there" }))));
        var command = await worker.Next("session.command");
        foreach (var field in new[] { "session_id", "assignment_id", "step_number", "attempt", "command", "args", "digest", "timeout_s", "is_rollback", "rollback" }) command.ContainsKey(field).ShouldBeTrue(field);
        await worker.Start(command);
        await worker.Send(TestWorker.Output(command, 1, "a"), TestWorker.Output(command, 2, "b"), TestWorker.Output(command, 3, "c"));
        long upTo = 0;
        while (upTo < 3) upTo = (await worker.Next("output.ack"))["stream_seq"]!.GetValue<long>();
        // Sent again after a reconnect: nothing is stored twice.
        await worker.Send(TestWorker.Output(command, 2, "b"), TestWorker.Output(command, 3, "c"));
        var repeated = await worker.Next("output.ack");
        repeated["stream_seq"]!.GetValue<long>().ShouldBe(3);
        // Each run of a step counts from 1: which one it is about must be said.
        repeated["attempt"]!.GetValue<int>().ShouldBe(1);
        repeated["is_rollback"]!.GetValue<bool>().ShouldBeFalse();
        await worker.Finish(command, lastStreamSeq: 3);
        (await tenant.Viewer.Until(id, "completed")).GetProperty("outputs").GetProperty("1").GetProperty("stdout_tail").GetString().ShouldBe("abc");
    }

    [Fact]
    public async Task WithoutTheBatchProtocol_EachFrameIsAMessage()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook(3);
        await using var worker = await TestWorker.Connect(fixture.Host, "single-1", tenant.Name, protocol: null);
        worker.Socket.SubProtocol.ShouldBeNull();
        var id = await tenant.Start("rb-harmless");
        var assignment = await worker.Next("session.assign");
        await worker.Send(TestWorker.About(assignment, "session.ack", ("accepted", true)));
        await worker.Send(TestWorker.About(assignment, "session.preflight", ("ok", true), ("checks", new JsonArray())));
        for (var step = 1; step <= 3; step++) await worker.Finish(await worker.Next("session.command"));
        await tenant.Viewer.Until(id, "completed");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"type":"session.explode","message_id":"m"}""")]
    [InlineData("""{"type":"session.command","message_id":"m","session_id":1,"assignment_id":"a","step_number":1,"attempt":1,"command":["x"],"args":{"timeout":1,"cwd":"/","shell":false},"digest":"d","timeout_s":1}""")]
    [InlineData("""{"type":"step.output","message_id":"m","session_id":1,"assignment_id":"a","step_number":1,"stream_seq":1,"chunk_type":"stdlog","data":"x"}""")]
    [InlineData("""{"type":"step.output","message_id":"m","session_id":1,"assignment_id":"a","step_number":1,"stream_seq":0,"chunk_type":"stdout","data":"x"}""")]
    [InlineData("""{"type":"step.output","message_id":"m","session_id":0,"assignment_id":"a","step_number":1,"stream_seq":1,"chunk_type":"stdout","data":"x"}""")]
    [InlineData("""{"type":"step.output","message_id":"m","session_id":1,"assignment_id":"","step_number":1,"stream_seq":1,"chunk_type":"stdout","data":"x"}""")]
    [InlineData("""{"type":"step.output","message_id":"m","session_id":1,"assignment_id":"a","step_number":1,"stream_seq":1,"chunk_type":"stdout","data":"\ud800"}""")]
    [InlineData("""{"type":"session.result","message_id":"m","session_id":1,"assignment_id":"a","step_number":1,"attempt":1,"status":"great"}""")]
    [InlineData("""{"type":"session.ack","message_id":"m","session_id":1,"assignment_id":"a"}""")]
    [InlineData("""{"type":"session.preflight","message_id":"m","session_id":1,"assignment_id":"a","ok":true,"checks":[null]}""")]
    public async Task MalformedFrame_IsRefusedAndTheChannelGoesOn(string frame)
    {
        var tenant = fixture.NewTenant();
        await using var worker = await tenant.Worker();
        await worker.SendText(frame);
        (await worker.Next("ack"))["code"]!.GetValue<string>().ShouldBe("malformed_frame");
        worker.Socket.State.ShouldBe(WebSocketState.Open);
    }

    [Fact]
    public async Task F04_UnknownFields_AreIgnored()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker();
        await tenant.Start("rb-harmless");
        var assignment = await worker.Next("session.assign");
        await worker.Send(TestWorker.About(assignment, "session.ack", ("accepted", true), ("mood", "good")));
        (await worker.Next("ack"))["code"].ShouldBeNull();
    }

    [Fact]
    public async Task DataOver32KiB_IsRefused_DataOf32KiBIsTaken()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        await worker.Start(command);
        var refused = TestWorker.Output(command, 1, new string('x', FrameCheck.MaxData + 1));
        await worker.Send(refused);
        JsonObject ack;
        do ack = await worker.Next("ack");
        while (ack["message_id"]!.GetValue<string>() != refused["message_id"]!.GetValue<string>());
        ack["code"]!.GetValue<string>().ShouldBe("malformed_frame");
        await worker.Send(TestWorker.Output(command, 1, new string('\u0001', FrameCheck.MaxData)));
        (await worker.Next("output.ack"))["stream_seq"]!.GetValue<long>().ShouldBe(1);
        await worker.Finish(command, lastStreamSeq: 1);
        (await tenant.Viewer.Until(id, "completed")).GetProperty("outputs").GetProperty("1").GetProperty("bytes").GetInt64().ShouldBe(FrameCheck.MaxData);
    }

    [Fact]
    public async Task D09_MessageThatIsTooLarge_ClosesWith1009()
    {
        await using var worker = await fixture.NewTenant().Worker();
        await worker.SendText(new string(' ', (1 << 20) + 1));
        (await worker.Closed()).Code.ShouldBe(1009);
    }

    [Fact]
    public async Task D09_BinaryMessage_ClosesWith1003()
    {
        await using var worker = await fixture.NewTenant().Worker();
        await worker.Socket.SendAsync(new byte[10], WebSocketMessageType.Binary, true, CancellationToken.None);
        (await worker.Closed()).Code.ShouldBe(1003);
    }

    [Fact]
    public async Task D09_FloodOfMalformedFrames_ClosesWith1008()
    {
        await using var worker = await fixture.NewTenant().Worker();
        await worker.SendText(string.Join('\n', Enumerable.Repeat("{", 200)));
        (await worker.Closed()).Code.ShouldBe(1008);
    }

    [Fact]
    public async Task D03_FrameForAnotherWorkersSession_IsRefusedAndHarmsNobody()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var owner = await tenant.Worker("owner-2");
        var id = await tenant.Start("rb-harmless");
        await owner.TakeAssignment();
        var command = await owner.Next("session.command");
        await using var rogue = await tenant.Worker("rogue-3");
        var forged = TestWorker.Result(command, "failed", 1);
        await rogue.Send(forged, TestWorker.Output(command, 1, "forged"));
        var ack = await rogue.Next("ack");
        ack["message_id"]!.GetValue<string>().ShouldBe(forged["message_id"]!.GetValue<string>());
        ack["code"]!.GetValue<string>().ShouldBe("stale_assignment");
        await owner.Finish(command);
        var session = await tenant.Viewer.Until(id, "completed");
        session.GetProperty("steps")[0].GetProperty("outcome").GetString().ShouldBe("succeeded");
        rogue.Socket.State.ShouldBe(WebSocketState.Open);
    }

    [Fact]
    public async Task FrameForASessionThatDoesNotExist_IsRefused()
    {
        await using var worker = await fixture.NewTenant().Worker();
        await worker.SendText("""{"type":"session.ack","message_id":"m","session_id":987654321,"assignment_id":"asg-987654321-1","accepted":true}""");
        (await worker.Next("ack"))["code"].ShouldNotBeNull();
    }

    [Fact]
    public async Task LaterChannelOfAWorker_ReplacesTheEarlier()
    {
        var tenant = fixture.NewTenant();
        await using var worker = await tenant.Worker();
        using var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = worker.Tls });
        await socket.ConnectAsync(new UriBuilder(new Uri(fixture.Host.AgentAddress, $"/ws/agents/{worker.Id}")) { Scheme = "wss" }.Uri, invoker, CancellationToken.None);
        await worker.Closed();
        socket.State.ShouldBe(WebSocketState.Open);
    }

    [Fact]
    public async Task LostChannel_OfARegisteredWorker_CanComeBack()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var issued = "back-1";
        await using var first = await tenant.Worker(issued);
        first.Socket.Abort();
        await first.Closed();
        await using var second = await TestWorker.Reconnect(fixture.Host, first);
        var id = await tenant.Start("rb-harmless");
        _ = second.RunAll();
        await tenant.Viewer.Until(id, "completed");
    }
}
