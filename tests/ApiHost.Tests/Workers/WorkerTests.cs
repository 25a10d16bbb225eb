using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Workers;

[Collection(ApiCollection.Name)]
public sealed class WorkerTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/workers";

    [Fact]
    public async Task ListAndOne_ShowTheWorker()
    {
        var tenant = fixture.NewTenant();
        await using var worker = await tenant.Worker();
        var list = await tenant.Viewer.Get(Path);
        var listed = list["items"].EnumerateArray().Single(w => w.GetProperty("worker_id").GetString() == worker.Id);
        var one = await tenant.Viewer.Get($"{Path}/{worker.Id}");
        foreach (var field in new[]
        {
            "worker_id", "state", "reason", "capabilities", "environments", "network_segment", "max_concurrency", "current_load", "sessions", "last_heartbeat_at", "registered_at", "version", "transport",
            "sandbox", "assignments",
        })
        {
            one.Json.TryGetProperty(field, out _).ShouldBeTrue(field);
            listed.TryGetProperty(field, out _).ShouldBeTrue(field);
        }

        one["state"].GetString().ShouldBe("idle");
        one["transport"].GetString().ShouldBe("websocket");
        one["max_concurrency"].GetInt32().ShouldBe(8);
        one.Text.ShouldNotContain("tenants");
        (await Ids(tenant, "state=idle")).ShouldContain(worker.Id);
        (await Ids(tenant, "state=draining")).ShouldNotContain(worker.Id);
        (await Ids(tenant, "environment=prod&limit=1")).Count.ShouldBe(1);
        (await tenant.Viewer.Get($"{Path}?state=busy")).ShouldName("state");
        (await tenant.Viewer.Get($"{Path}?cursor=!")).ShouldName("cursor");
    }

    [Fact]
    public async Task EngineInsideTheHost_IsNoWorkerOfTheList() => (await Ids(fixture.NewTenant(), "")).ShouldNotContain("in-process");

    [Fact]
    public async Task B09_DrainAndUndrain_AreAdminsAndNoOpsWhenRepeated()
    {
        var tenant = fixture.NewTenant();
        await using var worker = await tenant.Worker();
        (await tenant.Operator.Post($"{Path}/{worker.Id}/drain", new { reason = "r" })).ShouldBeProblem(403, "forbidden");
        for (var i = 0; i < 2; i++)
        {
            var drained = await tenant.Admin.Post($"{Path}/{worker.Id}/drain", new { reason = "kernel" });
            drained.Status.ShouldBe(200, drained.Text);
            drained["state"].GetString().ShouldBe("draining");
        }

        var undrained = await tenant.Admin.Post($"{Path}/{worker.Id}/undrain", new { reason = "done" });
        undrained["state"].GetString().ShouldBe("idle");
        (await tenant.Admin.Post($"{Path}/{worker.Id}/drain", new { why = "r" })).ShouldName("why");
    }

    [Fact]
    public async Task WorkerThatDoesNotExistOrServesOthers_Is404()
    {
        var (tenant, other) = (fixture.NewTenant(), fixture.NewTenant());
        await using var worker = await other.Worker();
        foreach (var id in new[] { worker.Id, "none", "..", "%00x", "a b" })
            (await tenant.Viewer.Get($"{Path}/{Uri.EscapeDataString(id)}")).Status.ShouldBe(404);
        (await tenant.Admin.Post($"{Path}/{worker.Id}/drain", new { reason = "r" })).ShouldBeProblem(404, "not_found");
        (await Ids(tenant, "")).ShouldNotContain(worker.Id);
    }

    private static async Task<List<string?>> Ids(Tenant tenant, string query) =>
        [.. (await tenant.Viewer.Get($"{Path}?{query}"))["items"].EnumerateArray().Select(w => w.GetProperty("worker_id").GetString())];
}
