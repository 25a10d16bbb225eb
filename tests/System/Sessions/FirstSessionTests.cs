using Cavra.Actors.Testing;
using Npgsql;

namespace Cavra.Actors.SystemTests.Sessions;

/// <summary>The main job on real processes: start, watch, approve, complete, and find it all again after a restart.</summary>
public sealed class FirstSessionTests
{
    private const string Runbook = """
        runbook_id: rb-system-first
        title: Look, ask, act
        owner: sre
        environments: [dev, staging, prod]
        prechecks:
          - {name: Look, command: ["/bin/echo", "looking"], confidence_score: 0.99}
        steps:
          - name: Act
            command: ["/bin/echo", "acting on {{inputs.what}}"]
            critical: true
            rollback: {command: ["/bin/echo", "taking back"], conditions: [failure]}
        postchecks:
          - {name: Verify, command: ["/bin/true"], confidence_score: 0.99}
        inputs:
          - {name: what, type: string, required: true, pattern: "^[a-z ]+$"}
        """;

    [Fact]
    public async Task GatedRunbook_StartedWatchedApproved_CompletesAndSurvivesARestart()
    {
        await using var installation = await RunningInstallation.Start();
        using var client = new SessionClient(installation);
        await client.Put("rb-system-first", Runbook);
        var session = await client.Start("INC-1", "rb-system-first", "dev-flex", new() { ["what"] = "the volume" });

        await client.Follow(session, e => e["event"]!.GetValue<string>() == "approval.requested");
        (await client.Get(session))["state"]!.GetValue<string>().ShouldBe("waiting_for_approval");
        await client.Approve(session, 2);
        var events = await client.FollowToEnd(session);

        events.Select(e => e["event_id"]!.GetValue<long>()).ShouldBe(Enumerable.Range(1, events.Count).Select(n => (long)n));
        events[^1]["event"]!.GetValue<string>().ShouldBe("session.completed");
        events.Where(e => e["event"]!.GetValue<string>() == "execution.step.output").Select(e => e["payload"]!["data"]!.GetValue<string>())
            .ShouldBe(["looking\n", "acting on the volume\n"]);

        RunningInstallation.Signal(installation.Api, "TERM");
        await installation.Api.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await installation.StartApi();
        var view = await client.Get(session);
        view["state"]!.GetValue<string>().ShouldBe("completed");
        view["worker_id"]!.GetValue<string>().ShouldBe("local-1");
        view["approvals"]!.AsArray().SelectMany(a => a!["votes"]!.AsArray()).Select(v => v!["by"]!.GetValue<string>()).ShouldBe(["approver"]);
        (await client.FollowToEnd(session)).Select(e => e.ToJsonString()).ShouldBe(events.Select(e => e.ToJsonString()));

        await using var database = NpgsqlDataSource.Create(installation.Dev.Database);
        await using var count = database.CreateCommand("select count(*) from execution_events where session_id = $1");
        count.Parameters.AddWithValue(session);
        (await count.ExecuteScalarAsync()).ShouldBe((long)events.Count);
    }
}
