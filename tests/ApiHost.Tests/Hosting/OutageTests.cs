using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Hosting;

public sealed class OutageTests
{
    [Fact]
    public async Task F01_DatabaseAway_Is503WithRetryAfter_AndSessionsGoOnAfterwards()
    {
        using var gate = new DatabaseGate();
        await using var host = await TestHost.Start(database: gate.Through);
        var tenant = new Tenant(host, "demo");
        await tenant.HarmlessRunbook(2);
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless", "INC-1");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        gate.Shut();
        foreach (var answer in new[]
        {
            await tenant.Viewer.Get("/api/v1/executions"),
            await tenant.Viewer.Get($"/api/v1/executions/{id}/events"),
            await tenant.Operator.Post("/api/v1/executions", new { ticket_id = "INC-2", runbook_id = "rb-harmless", environment_profile = "dev-flex" }),
        })
        {
            answer.ShouldBeProblem(503, "unavailable");
            int.Parse(answer.Headers["Retry-After"]).ShouldBeGreaterThan(0);
        }

        var ready = await tenant.Viewer.Get("/readyz");
        ready.Status.ShouldBe(503, ready.Text);
        ready.Code.ShouldBe("unavailable");
        (await tenant.Viewer.Get("/healthz")).Status.ShouldBe(200);
        // Reported while nothing can be stored: kept, and stored when it can be.
        await worker.Finish(command);
        gate.Open();
        await worker.Finish(await worker.Next("session.command"));
        (await tenant.Viewer.Until(id, "completed")).GetProperty("steps").GetArrayLength().ShouldBe(2);
        (await tenant.Operator.Post("/api/v1/executions", new { ticket_id = "INC-3", runbook_id = "rb-harmless", environment_profile = "dev-flex" })).Status.ShouldBe(201);
    }
}
