using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Operations;

[Collection(ApiCollection.Name)]
public sealed class OperationTests(ApiFixture fixture)
{
    private const string Flags = "/api/v1/feature-flags";

    [Fact]
    public async Task Flag_IsSetForTheTenantOnly()
    {
        var (tenant, other) = (fixture.NewTenant(), fixture.NewTenant());
        var set = await tenant.Admin.Put($"{Flags}/ui.task_workspace.enabled", new { enabled = false, scope = "tenant", reason = "r" });
        set.Status.ShouldBe(200, set.Text);
        set["enabled"].GetBoolean().ShouldBeFalse();
        foreach (var field in new[] { "name", "enabled", "scope", "updated_by", "updated_at" }) set.Json.TryGetProperty(field, out _).ShouldBeTrue(field);
        set["updated_by"].GetString().ShouldBe("ada");
        (await Enabled(tenant, "ui.task_workspace.enabled")).ShouldBeFalse();
        (await Enabled(other, "ui.task_workspace.enabled")).ShouldBeTrue();
        (await tenant.Admin.Put($"{Flags}/nonsense", new { enabled = true, reason = "r" })).ShouldBeProblem(404, "not_found");
        (await tenant.Admin.Put($"{Flags}/ui.task_workspace.enabled", new { enabled = "yes", reason = "r" })).ShouldName("enabled");
        (await tenant.Admin.Put($"{Flags}/ui.task_workspace.enabled", new { enabled = true, scope = "world", reason = "r" })).ShouldName("scope");
    }

    [Fact]
    public async Task FlagOff_SessionsRunOnTheEngineInsideTheHost()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await tenant.Admin.Put($"{Flags}/worker_orchestration.enabled", new { enabled = false, reason = "r" });
        var id = await tenant.Start("rb-harmless");
        var session = await tenant.Viewer.Until(id, "completed", "failed", "paused");
        session.GetProperty("state").GetString().ShouldBe("completed", session.ToString());
        session.GetProperty("transport_channel").GetString().ShouldBe("in_process");
    }

    [Fact]
    public async Task F05_Backout_CancelsDrainsAndTurnsTheFlagOff()
    {
        var tenant = fixture.NewTenant();
        await tenant.GatedRunbook();
        await using var worker = await tenant.Worker();
        var running = await tenant.Start("rb-gated", "INC-1");
        await worker.TakeAssignment();
        await tenant.Viewer.Until(running, "waiting_for_approval");
        await tenant.Runbook("rb-mars", "  - name: A\n    command: [\"/bin/true\"]\n    confidence_score: 0.99\n", "worker_requirements: {capabilities: [mars]}\n");
        var queued = await tenant.Start("rb-mars", "INC-2");
        (await tenant.Admin.Post("/api/v1/admin/backout", new { })).ShouldName("reason");
        (await tenant.Operator.Post("/api/v1/admin/backout", new { reason = "r" })).ShouldBeProblem(403, "forbidden");
        var answer = await tenant.Admin.Post("/api/v1/admin/backout", new { reason = "faulty release" }, ("Idempotency-Key", "backout-1"));
        answer.Status.ShouldBe(200, answer.Text);
        answer["cancelled"].GetInt32().ShouldBe(2);
        answer["drained_queue"].GetInt32().ShouldBe(1);
        answer["draining_workers"].GetInt32().ShouldBeGreaterThanOrEqualTo(1);
        foreach (var id in new[] { running, queued })
        {
            var session = await tenant.Viewer.Get($"/api/v1/executions/{id}");
            session["state"].GetString().ShouldBe("cancelled");
            session["reason"].GetString().ShouldBe("backout");
        }

        (await Enabled(tenant, "worker_orchestration.enabled")).ShouldBeFalse();
        (await tenant.Viewer.Get($"/api/v1/workers/{worker.Id}"))["state"].GetString().ShouldBe("draining");
        var again = await tenant.Admin.Post("/api/v1/admin/backout", new { reason = "faulty release" }, ("Idempotency-Key", "backout-1"));
        again.Text.ShouldBe(answer.Text);
        again.Headers["Idempotent-Replayed"].ShouldBe("true");
    }

    [Fact]
    public async Task Audit_NamesWhoDidWhat_ForAuditorsOnly()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        await tenant.Operator.Post($"/api/v1/executions/{id}/cancel", new { reason = "r" });
        (await tenant.Admin.Get("/api/v1/audit")).ShouldBeProblem(403, "forbidden");
        var page = await tenant.Auditor.Get("/api/v1/audit?limit=200");
        page.Status.ShouldBe(200, page.Text);
        foreach (var field in new[] { "at", "actor", "tenant", "action", "object", "outcome", "ip", "trace_id" }) page["items"][0].TryGetProperty(field, out _).ShouldBeTrue(field);
        page["items"].EnumerateArray().Select(e => e.GetProperty("tenant").GetString()).Distinct().ShouldBe([tenant.Name]);
        var cancelled = page["items"].EnumerateArray().Single(e => e.GetProperty("action").GetString() == "session.cancel");
        cancelled.GetProperty("actor").GetString().ShouldBe("otto");
        cancelled.GetProperty("ip").GetString().ShouldBe("127.0.0.1");
        var first = await tenant.Auditor.Get("/api/v1/audit?limit=1");
        var next = await tenant.Auditor.Get($"/api/v1/audit?limit=1&cursor={first["next_cursor"].GetString()}");
        next["items"][0].ToString().ShouldNotBe(first["items"][0].ToString());
        (await tenant.Auditor.Get("/api/v1/audit?cursor=!")).ShouldName("cursor");
    }

    private static async Task<bool> Enabled(Tenant tenant, string flag) =>
        (await tenant.Viewer.Get(Flags))["items"].EnumerateArray().Single(f => f.GetProperty("name").GetString() == flag).GetProperty("enabled").GetBoolean();
}
