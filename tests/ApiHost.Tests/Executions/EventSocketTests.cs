using System.Net.WebSockets;
using System.Text;
using Cavra.Actors.ApiHost.Tests.Support;
using Cavra.Actors.Installation;

namespace Cavra.Actors.ApiHost.Tests.Executions;

[Collection(ApiCollection.Name)]
public sealed class EventSocketTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/executions";

    [Fact]
    public async Task I03_ReplayThenLive_ClosesAfterTheFinalEvent()
    {
        var (tenant, id) = await Queued();
        using var reader = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token);
        (await reader.Next())!.Value.GetProperty("event").GetString().ShouldBe("session.created");
        await tenant.Operator.Post($"{Path}/{id}/cancel", new { reason = "r" });
        var rest = await reader.Rest();
        rest.ShouldBe(Enumerable.Range(2, rest.Count).Select(i => (long)i));
        reader.CloseCode.ShouldBe(1000);
    }

    [Fact]
    public async Task I03_TenThousandEventsWithReconnects_NoGapNoDuplicate()
    {
        const int outputs = 10_000;
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        await worker.Start(command);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < outputs / 100; i++) await worker.Send([.. Enumerable.Range((i * 100) + 1, 100).Select(s => TestWorker.Output(command, s, $"line {s}\n"))]);
            await worker.Finish(command, lastStreamSeq: outputs);
        });
        var token = tenant.Viewer.Token;
        long last = 0;
        var reconnects = 0;
        while (true)
        {
            using var reader = await EventReader.Open(fixture.Host, id, token, last);
            var until = last + 997;
            while (last < until && await reader.Next() is { } item)
            {
                item.GetProperty("event").GetString().ShouldNotBe("stream.gap");
                item.GetProperty("event_id").GetInt64().ShouldBe(++last);
            }

            if (reader.CloseCode == 1000) break;
            reconnects++;
            reader.Socket.Abort();
        }

        await writing;
        last.ShouldBeGreaterThan(outputs);
        reconnects.ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public async Task ManySocketsOnOneSession_AllSeeTheSame()
    {
        var (tenant, id) = await Queued();
        var token = tenant.Viewer.Token;
        var readers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => EventReader.Open(fixture.Host, id, token)));
        await tenant.Operator.Post($"{Path}/{id}/cancel", new { reason = "r" });
        var seen = await Task.WhenAll(readers.Select(r => r.Rest()));
        foreach (var ids in seen) ids.ShouldBe(Enumerable.Range(1, seen[0].Count).Select(i => (long)i));
        foreach (var reader in readers) reader.Dispose();
    }

    [Fact]
    public async Task ResumeAfterTheEnd_Is1000AtOnce()
    {
        var (tenant, id) = await Queued();
        await tenant.Operator.Post($"{Path}/{id}/cancel", new { reason = "r" });
        var last = (await tenant.Viewer.Get($"{Path}/{id}"))["last_event_seq"].GetInt64();
        using var reader = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token, last);
        (await reader.Next()).ShouldBeNull();
        reader.CloseCode.ShouldBe(1000);
    }

    [Fact]
    public async Task HeaderWinsOverQuery_AndQueryResumesToo()
    {
        var (tenant, id) = await Queued();
        using var both = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token, 1, query: "last_event_id=0");
        (await both.Next())!.Value.GetProperty("event_id").GetInt64().ShouldBe(2);
        using var query = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token, query: "last_event_id=1");
        (await query.Next())!.Value.GetProperty("event_id").GetInt64().ShouldBe(2);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("100000")]
    [InlineData("99999999999999999999")]
    public async Task A09_BadOrFutureResume_Is4400(string given)
    {
        var (tenant, id) = await Queued();
        using var reader = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token, query: "last_event_id=" + given);
        (await reader.Next()).ShouldBeNull();
        reader.CloseCode.ShouldBe(4400);
    }

    [Fact]
    public async Task D04_NoOrBadToken_Is4401_AlsoInTheQuery()
    {
        var (tenant, id) = await Queued();
        foreach (var (token, query) in new (string?, string)[] { (null, ""), ("nonsense", ""), (null, "access_token=" + tenant.Viewer.Token), (null, "token=" + tenant.Viewer.Token), (tenant.As("none").Token, "") })
        {
            using var reader = await EventReader.Open(fixture.Host, id, token, query: query);
            (await reader.Next()).ShouldBeNull();
            reader.CloseCode.ShouldBe(4401);
        }
    }

    [Fact]
    public async Task BrowserToken_ComesBySubprotocol()
    {
        var (tenant, id) = await Queued();
        using var reader = await EventReader.Open(fixture.Host, id, null, options: o =>
        {
            o.AddSubProtocol("cavra.v1");
            o.AddSubProtocol("bearer." + tenant.Viewer.Token);
        });
        reader.Socket.SubProtocol.ShouldBe("cavra.v1");
        (await reader.Next())!.Value.GetProperty("event_id").GetInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("*")]
    [InlineData("1,2")]
    [InlineData("[1]")]
    [InlineData("0")]
    [InlineData("9223372036854775807")]
    [InlineData("92233720368547758070")]
    public async Task D07_OddSessionIds_Are4404(string id)
    {
        using var reader = await EventReader.Open(fixture.Host, id, fixture.Host.Token("d07", "d07", "viewer"));
        (await reader.Next()).ShouldBeNull();
        reader.CloseCode.ShouldBe(4404);
    }

    [Fact]
    public async Task D07_AnotherTenantsSession_Is4404()
    {
        var (_, id) = await Queued();
        using var reader = await EventReader.Open(fixture.Host, id, fixture.NewTenant().Viewer.Token);
        (await reader.Next()).ShouldBeNull();
        reader.CloseCode.ShouldBe(4404);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("file://x")]
    [InlineData("http://127.0.0.1:1")]
    public async Task D04_ForeignOrigin_Is403BeforeTheUpgrade(string origin)
    {
        var (tenant, id) = await Queued();
        var refused = await Should.ThrowAsync<WebSocketException>(() => EventReader.Open(fixture.Host, id, tenant.Viewer.Token, options: o =>
        {
            o.SetRequestHeader("Origin", origin);
            o.CollectHttpResponseDetails = true;
        }));
        refused.Message.ShouldContain("403");
    }

    [Fact]
    public async Task D04_OwnAndConfiguredOrigin_MayOpen()
    {
        var (tenant, id) = await Queued();
        foreach (var origin in new[] { fixture.Host.Address.GetLeftPart(UriPartial.Authority), "https://console.example" })
        {
            using var reader = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token, options: o => o.SetRequestHeader("Origin", origin));
            (await reader.Next())!.Value.GetProperty("event_id").GetInt64().ShouldBe(1);
        }
    }

    [Fact]
    public async Task D06_TokenThatEndsWhileOpen_Is4401()
    {
        var (tenant, id) = await Queued();
        var token = fixture.Host.Issuer.Mint(new TokenRequest { Subject = "brief", Tenant = tenant.Name, Roles = ["viewer"], ExpiresIn = TimeSpan.FromSeconds(2) }, TimeProvider.System);
        using var reader = await EventReader.Open(fixture.Host, id, token);
        while (await reader.Next() is not null)
        {
            // The session's first events, then the close.
        }

        reader.CloseCode.ShouldBe(4401);
    }

    [Fact]
    public async Task D09_ClientData_IsIgnoredUpTo4KiB_Then1009()
    {
        var (tenant, id) = await Queued();
        using var reader = await EventReader.Open(fixture.Host, id, tenant.Viewer.Token);
        await reader.Socket.SendAsync(new byte[4096], WebSocketMessageType.Text, true, CancellationToken.None);
        await reader.Socket.SendAsync(Encoding.ASCII.GetBytes("hello"), WebSocketMessageType.Text, true, CancellationToken.None);
        (await reader.Next())!.Value.GetProperty("event_id").GetInt64().ShouldBe(1);
        // In fragments: what counts is the message.
        for (var i = 0; i < 5; i++) await reader.Socket.SendAsync(new byte[1000], WebSocketMessageType.Binary, i == 4, CancellationToken.None);
        while (await reader.Next() is not null)
        {
            // What was on its way.
        }

        reader.CloseCode.ShouldBe(1009);
    }

    [Fact]
    public async Task PlainRequest_Is400() => (await fixture.Host.Client(null).Get("/ws/executions/1")).ShouldBeProblem(400, "validation_failed");

    private async Task<(Tenant Tenant, long Id)> Queued()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        return (tenant, await tenant.Start("rb-harmless"));
    }
}
