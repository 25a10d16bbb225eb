using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Executions;

[Collection(ApiCollection.Name)]
public sealed class EventPollingTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/executions";

    [Fact]
    public async Task I03_EventsAreOneTwoThree_InPagesOrAtOnce()
    {
        var (tenant, id) = await Cancelled();
        var all = await tenant.Viewer.Get($"{Path}/{id}/events");
        var ids = all["events"].EnumerateArray().Select(e => e.GetProperty("event_id").GetInt64()).ToList();
        ids.ShouldBe(Enumerable.Range(1, ids.Count).Select(i => (long)i));
        all["end"].GetBoolean().ShouldBeTrue();
        all["next"].GetInt64().ShouldBe(ids[^1]);
        all["last_event_seq"].GetInt64().ShouldBe(ids[^1]);
        var first = all["events"][0];
        foreach (var field in new[] { "event", "event_id", "session_id", "step_number", "timestamp", "payload", "meta" }) first.TryGetProperty(field, out _).ShouldBeTrue(field);
        foreach (var field in new[] { "worker_id", "environment", "sandbox_profile", "tenant_id", "trace_id", "actor" }) first.GetProperty("meta").TryGetProperty(field, out _).ShouldBeTrue(field);
        first.GetProperty("event").GetString().ShouldBe("session.created");
        var paged = new List<long>();
        long since = 0;
        while (true)
        {
            var page = await tenant.Viewer.Get($"{Path}/{id}/events?since={since}&limit=2");
            paged.AddRange(page["events"].EnumerateArray().Select(e => e.GetProperty("event_id").GetInt64()));
            since = page["next"].GetInt64();
            if (page["end"].GetBoolean()) break;
        }

        paged.ShouldBe(ids);
    }

    [Fact]
    public async Task A09_SinceThatIsOdd_IsAStatedErrorOrEmpty()
    {
        var (tenant, id) = await Cancelled();
        foreach (var bad in new[] { "since=-1", "since=x", "since=1.5", "since=99999999999999999999" }) (await tenant.Viewer.Get($"{Path}/{id}/events?{bad}")).ShouldName("since");
        foreach (var bad in new[] { "limit=0", "limit=1001", "limit=x" }) (await tenant.Viewer.Get($"{Path}/{id}/events?{bad}")).ShouldName("limit");
        foreach (var bad in new[] { "wait=-1", "wait=26", "wait=x" }) (await tenant.Viewer.Get($"{Path}/{id}/events?{bad}")).ShouldName("wait");
        var past = await tenant.Viewer.Get($"{Path}/{id}/events?since=5000&wait=1");
        past.Status.ShouldBe(200);
        past["events"].GetArrayLength().ShouldBe(0);
        past["next"].GetInt64().ShouldBe(5000);
    }

    [Fact]
    public async Task LongPoll_AnswersWhenTheEventComes()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        var seen = (await tenant.Viewer.Get($"{Path}/{id}/events"))["next"].GetInt64();
        var waiting = tenant.Viewer.Get($"{Path}/{id}/events?since={seen}&wait=25");
        waiting.IsCompleted.ShouldBeFalse();
        await tenant.Operator.Post($"{Path}/{id}/cancel", new { reason = "r" });
        var answer = await waiting.WaitAsync(TimeSpan.FromSeconds(20));
        answer["events"].GetArrayLength().ShouldBeGreaterThan(0);
        answer["events"][0].GetProperty("event_id").GetInt64().ShouldBe(seen + 1);
    }

    [Fact]
    public async Task A09_ReaderThatFollowsWritersOfOneSession_NeverSkipsAnEvent()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        await worker.Start(command);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await worker.Send([.. Enumerable.Range((i * 50) + 1, 50).Select(s => TestWorker.Output(command, s, $"line {s}\n"))]);
            await worker.Finish(command, lastStreamSeq: 1000);
        });
        long since = 0;
        while (true)
        {
            var page = await tenant.Viewer.Get($"{Path}/{id}/events?since={since}&limit=37&wait=5");
            foreach (var item in page["events"].EnumerateArray()) item.GetProperty("event_id").GetInt64().ShouldBe(++since);
            if (page["end"].GetBoolean()) break;
        }

        await writing;
        since.ShouldBeGreaterThan(1000);
    }

    private async Task<(Tenant Tenant, long Id)> Cancelled()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        await tenant.Operator.Post($"{Path}/{id}/cancel", new { reason = "r" });
        return (tenant, id);
    }
}
