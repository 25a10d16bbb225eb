using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Executions;

[Collection(ApiCollection.Name)]
public sealed class ReadTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/executions";

    [Fact]
    public async Task List_PagesNewestFirst_AndFilters()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var ids = new List<long>();
        for (var i = 0; i < 5; i++) ids.Add(await tenant.Start("rb-harmless", $"INC-{i}"));
        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = await tenant.Viewer.Get($"{Path}?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}");
            page.Status.ShouldBe(200, page.Text);
            page["items"].GetArrayLength().ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page["items"].EnumerateArray().Select(s => s.GetProperty("session_id").GetInt64()));
            cursor = page["next_cursor"].GetString();
        }
        while (cursor is not null);
        seen.ShouldBe(Enumerable.Reverse(ids));
        await tenant.Operator.Post($"{Path}/{ids[0]}/cancel", new { reason = "r" });
        (await Ids(tenant, "state=cancelled")).ShouldBe([ids[0]]);
        (await Ids(tenant, "ticket_id=INC-3")).ShouldBe([ids[3]]);
        (await Ids(tenant, "environment=prod")).ShouldBeEmpty();
        (await Ids(tenant, "requested_by=otto")).Count.ShouldBe(5);
        (await Ids(tenant, "requested_by=nobody")).ShouldBeEmpty();
        (await Ids(tenant, "worker_id=w-none")).ShouldBeEmpty();
        (await Ids(tenant, "since=2100-01-01T00:00:00Z")).ShouldBeEmpty();
    }

    [Fact]
    public async Task At_ShowsTheSessionAsItWas()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        var before = await tenant.Viewer.Get($"{Path}/{id}");
        var seq = before["last_event_seq"].GetInt64();
        await tenant.Operator.Post($"{Path}/{id}/cancel", new { reason = "r" });
        (await tenant.Viewer.Get($"{Path}/{id}"))["state"].GetString().ShouldBe("cancelled");
        var past = await tenant.Viewer.Get($"{Path}/{id}?at={seq}");
        past.Status.ShouldBe(200, past.Text);
        past["state"].GetString().ShouldBe("queued");
        past["last_event_seq"].GetInt64().ShouldBe(seq);
        (await tenant.Viewer.Get($"{Path}/{id}?at=999")).ShouldBeProblem(404, "no_such_event");
        (await tenant.Viewer.Get($"{Path}/{id}?at=-1")).ShouldName("at");
        (await tenant.Viewer.Get($"{Path}/{id}?at=x")).ShouldName("at");
    }

    [Fact]
    public async Task Why_OfAQueuedSession_NamesEachWorkersRule()
    {
        var tenant = fixture.NewTenant();
        await tenant.Runbook("rb-mars", "  - name: A\n    command: [\"/bin/true\"]\n    confidence_score: 0.99\n", "worker_requirements: {capabilities: [mars]}\n");
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-mars");
        var why = await tenant.Viewer.Get($"{Path}/{id}/why");
        why.Status.ShouldBe(200, why.Text);
        why["state"].GetString().ShouldBe("queued");
        var fit = why["workers"].EnumerateArray().Single(w => w.GetProperty("worker_id").GetString() == worker.Id);
        why["workers"].GetArrayLength().ShouldBe(1, "the host's own engine is not one of them");
        fit.GetProperty("fits").GetBoolean().ShouldBeFalse();
        fit.GetProperty("rule").GetString().ShouldNotBeNullOrEmpty();
        foreach (var field in new[] { "waiting_for", "queue_position", "next_try_at", "locks", "approvals" }) why.Json.TryGetProperty(field, out _).ShouldBeTrue(field);
    }

    [Fact]
    public async Task Output_IsRangedAndInTheSession()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        await worker.Start(command);
        await worker.Send(TestWorker.Output(command, 1, "hello "), TestWorker.Output(command, 2, "wrong\n", "stderr"), TestWorker.Output(command, 3, "world\0\n"));
        await worker.Finish(command, lastStreamSeq: 3);
        var session = await tenant.Viewer.Until(id, "completed");
        var output = session.GetProperty("outputs").GetProperty("1");
        output.GetProperty("stdout_tail").GetString().ShouldBe("hello world\uFFFD\n");
        output.GetProperty("stderr_tail").GetString().ShouldBe("wrong\n");
        var address = $"{Path}/{id}/steps/1/output";
        var whole = await tenant.Viewer.Get($"{address}?stream=stdout");
        whole.Text.ShouldBe("hello world\uFFFD\n");
        whole.Type.ShouldBe("text/plain");
        (await tenant.Viewer.Get($"{address}?stream=stderr")).Text.ShouldBe("wrong\n");
        (await tenant.Viewer.Get($"{address}?stream=stdout&offset=6&limit=5")).Text.ShouldBe("world");
        (await tenant.Viewer.Get($"{address}?stream=stdout&offset=6&limit=5")).Headers["Content-Range"].ShouldStartWith("bytes 6-10/");
        (await tenant.Viewer.Get($"{address}?offset=100000")).Text.ShouldBeEmpty();
        (await tenant.Viewer.Get($"{address}?stream=both")).ShouldName("stream");
        (await tenant.Viewer.Get($"{address}?offset=-1")).ShouldName("offset");
        (await tenant.Viewer.Get($"{Path}/{id}/steps/2/output")).ShouldBeProblem(404, "no_such_step");
        (await tenant.Viewer.Get($"{Path}/{id}/steps/x/output")).ShouldBeProblem(404, "no_such_step");
    }

    private static async Task<List<long>> Ids(Tenant tenant, string query) =>
        [.. (await tenant.Viewer.Get($"{Path}?{query}"))["items"].EnumerateArray().Select(s => s.GetProperty("session_id").GetInt64())];
}
