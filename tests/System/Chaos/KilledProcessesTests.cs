using Cavra.Actors.Testing;
using Xunit.Abstractions;

namespace Cavra.Actors.SystemTests.Chaos;

/// <summary>
/// API host and worker killed with SIGKILL at 30 random points while sessions run. Every session ends, no step runs twice, no event is missing
/// (issue 2 point 10; hazards F01, B06).
/// </summary>
public sealed class KilledProcessesTests(ITestOutputHelper output)
{
    private const int Kills = 30;

    [Fact]
    public async Task ApiAndWorkerKilledThirtyTimes_EverySessionEnds_NoStepRunsTwice_NoEventIsMissing()
    {
        var seed = Environment.GetEnvironmentVariable("CAVRA_TEST_SEED") is { } given ? int.Parse(given) : Random.Shared.Next();
        output.WriteLine($"seed {seed} (set CAVRA_TEST_SEED to run it again)");
        var random = new Random(seed);
        await using var installation = await RunningInstallation.Start(workers: 2, environment: new Dictionary<string, string>
        {
            ["CAVRA_WORKERS__PING"] = "1s",
            ["CAVRA_WORKERS__FAILOVER_GRACE"] = "2s",
            ["CAVRA_ASSIGNMENT__BACKOFF"] = "1s,1s,1s",
            ["CAVRA_ASSIGNMENT__ATTEMPTS"] = "10",
        });
        using var client = new SessionClient(installation);
        var marks = Path.Combine(installation.Data.Root, "marks");
        Directory.CreateDirectory(marks);
        File.SetUnixFileMode(marks, (UnixFileMode)0b111_111_111);
        await client.Put("rb-system-chaos", Runbook(marks));

        var sessions = new List<long>();
        for (var kill = 1; kill <= Kills; kill++)
        {
            var started = await client.Start($"CHAOS-{kill}", "rb-system-chaos", "dev-flex", new() { ["mark"] = $"m{kill}" });
            sessions.Add(started);
            // Somewhere in the session: after its n-th event, which differs from round to round.
            var at = random.Next(1, 14);
            await client.Follow(started, e => e["event_id"]!.GetValue<long>() >= at || e["payload"]?["to"]?.ToString() == "paused");
            await Kill(installation, api: random.Next(3) != 1, worker: random.Next(3) != 0 ? random.Next(1, 3) : null);
        }

        foreach (var session in sessions) await EndsOnceAndWhole(client, session);
        foreach (var file in Directory.EnumerateFiles(marks)) File.ReadAllLines(file).Length.ShouldBe(1, $"{file} was written by a step that ran twice");
    }

    private static async Task Kill(RunningInstallation installation, bool api, int? worker)
    {
        var id = Installation.DataDirectory.LocalWorkerId(worker ?? 1);
        if (api) RunningInstallation.Signal(installation.Api, "KILL");
        if (worker is not null)
        {
            RunningInstallation.Signal(installation.Workers[id], "KILL");
            await installation.Workers[id].WaitForExitAsync();
            installation.StartWorker(id);
        }

        if (!api) return;
        await installation.Api.WaitForExitAsync();
        await installation.StartApi();
    }

    // A lost worker's session waits for a human, who ends it: what its step did is not known.
    private async Task EndsOnceAndWhole(SessionClient client, long session)
    {
        await client.Follow(session, e => e["payload"]?["to"]?.ToString() == "paused");
        if ((await client.Get(session))["state"]!.GetValue<string>() == "paused") await client.Directive(session, "cancel");
        var events = await client.FollowToEnd(session);

        output.WriteLine($"{session}: {events[^1]["event"]} after {events.Count} events");
        events[^1]["event"]!.GetValue<string>().ShouldBeOneOf("session.completed", "session.failed", "session.cancelled");
        events.Select(e => e["event_id"]!.GetValue<long>()).ShouldBe(Enumerable.Range(1, events.Count).Select(n => (long)n), $"session {session}");
        events.Where(e => e["event"]!.GetValue<string>() == "execution.step.started").Select(e => (int)e["step_number"]!).ShouldBeUnique();
    }

    private static string Runbook(string marks) => $$$"""
        runbook_id: rb-system-chaos
        title: Three steps that leave a mark each
        owner: sre
        environments: [dev]
        inputs:
          - {name: mark, type: string, required: true, pattern: "^[a-z0-9]+$"}
        steps:
          - {name: one, command: ["/bin/sh", "-c", "echo ran >> $0; sleep 0.1", "{{{marks}}}/{{inputs.mark}}-1"], writable: ["{{{marks}}}"], confidence_score: 0.99}
          - {name: two, command: ["/bin/sh", "-c", "echo ran >> $0; sleep 0.1", "{{{marks}}}/{{inputs.mark}}-2"], writable: ["{{{marks}}}"], confidence_score: 0.99}
          - {name: three, command: ["/bin/sh", "-c", "echo ran >> $0; sleep 0.1", "{{{marks}}}/{{inputs.mark}}-3"], writable: ["{{{marks}}}"], confidence_score: 0.99}
        """;
}
