using System.Net;
using System.Text;
using System.Text.Json;
using Cavra.Actors.Testing;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>A real installation with limits lifted that would measure themselves, and the runbooks that scenarios use.</summary>
internal static class BenchInstallation
{
    /// <summary>Starts it; with <paramref name="noop"/> nothing is executed behind the exec boundary, all else is real.</summary>
    internal static Task<RunningInstallation> Start(bool noop, int workers = 1) =>
        RunningInstallation.Start(workers, new Dictionary<string, string>
        {
            ["CAVRA_API__RATE_LIMIT"] = "1000000",
            ["CAVRA_API__BURST"] = "1000000",
            ["CAVRA_BENCH_NOOP_EXECUTOR"] = noop ? "true" : "false",
            ["DOTNET_TieredPGO"] = "1",
        }, noop ? ["--bench-noop-executor", "--max-concurrency", "256"] : ["--max-concurrency", "16"]);

    /// <summary>Stores a runbook.</summary>
    internal static async Task Put(RunningInstallation installation, string id, string yaml)
    {
        using var admin = installation.Client("admin");
        using var content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using var answer = await admin.PutAsync(new Uri($"/api/v1/runbooks/{id}", UriKind.Relative), content);
        if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Created))
            throw new InvalidOperationException($"PUT {id}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Waits until the worker is there.</summary>
    internal static async Task AwaitWorkers(RunningInstallation installation, int count)
    {
        using var viewer = installation.Client("viewer");
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await tick.WaitForNextTickAsync(bound.Token))
        {
            using var document = JsonDocument.Parse(await viewer.GetStringAsync(new Uri("/api/v1/workers", UriKind.Relative), bound.Token));
            var ready = document.RootElement.GetProperty("items").EnumerateArray().Count(w => w.GetProperty("transport").ValueKind == JsonValueKind.String && w.GetProperty("worker_id").GetString() != "in-process");
            if (ready >= count) return;
        }
    }

    /// <summary>Switches between workers and the engine inside the host (spec 8.1).</summary>
    internal static async Task UseWorkers(RunningInstallation installation, bool workers)
    {
        using var admin = installation.Client("admin");
        using var content = new StringContent($$"""{"enabled": {{(workers ? "true" : "false")}}, "scope": "global", "reason": "bench"}""", Encoding.UTF8, "application/json");
        using var answer = await admin.PutAsync(new Uri("/api/v1/feature-flags/worker_orchestration.enabled", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Three steps that do nothing, in development, approved by their own metadata.</summary>
    internal const string NoopRunbook = """
        runbook_id: rb-bench-noop
        title: Three steps that do nothing
        owner: bench
        environments: [dev]
        steps:
          - {name: one, command: ["/bin/true"], confidence_score: 1.0, retry: {max_attempts: 0}}
          - {name: two, command: ["/bin/true"], confidence_score: 1.0, retry: {max_attempts: 0}}
          - {name: three, command: ["/bin/true"], confidence_score: 1.0, retry: {max_attempts: 0}}
        """;
}
