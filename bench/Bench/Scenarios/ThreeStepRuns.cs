using Cavra.Actors.Bench.Load;
using Cavra.Actors.Testing;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>
/// <c>wf3</c>: a durable three-step run, start over HTTP to its end (the create waits for the end: <c>Prefer: wait</c>), the worker in a process of its own and
/// then in process. A no-op stands at the exec boundary only; everything else is real, fsync included.
/// </summary>
internal sealed class ThreeStepRuns : IScenario
{
    public string Name => "wf3";

    public async Task Run(BenchContext context, CancellationToken cancellation)
    {
        await using var installation = await BenchInstallation.Start(noop: true);
        await BenchInstallation.Put(installation, "rb-bench-noop", BenchInstallation.NoopRunbook);
        await BenchInstallation.AwaitWorkers(installation, 1);
        await new CommitLimits(installation.Dev.Database).Run(context, cancellation);
        await OrExplain(installation, () => Measure(context, installation, "wf3", [1, 16, 64], cancellation));
        await new OneCommitEach(installation.Dev.Database).Run(context, cancellation);
        if (context.Value("wf3", "sessions/s at 64") is { } ours && context.Value("baseline", "sessions/s, one commit each, at 64") is { } baseline)
            context.Add("wf3", "times the one-commit-each baseline at 64", ours / baseline, "x", ">= 5", ours / baseline >= 5);
        await BenchInstallation.UseWorkers(installation, workers: false);
        await OrExplain(installation, () => Measure(context, installation, "wf3-in-process", [1, 64], cancellation));
    }

    // A run that hangs is a bug: what the system says about it is worth more than the stack of the client.
    private static async Task OrExplain(RunningInstallation installation, Func<Task> measure)
    {
        try
        {
            await measure();
        }
        catch (RunNotCompletedException e) when (e.Session is { } session)
        {
            using var http = installation.Client("operator");
            foreach (var path in (string[])[$"/api/v1/executions/{session}/events", $"/api/v1/executions/{session}/why", "/api/v1/workers"])
                await Console.Error.WriteLineAsync(await http.GetStringAsync(new Uri(path, UriKind.Relative)));
            throw;
        }
    }

    private static async Task Measure(BenchContext context, RunningInstallation installation, string scenario, int[] concurrencies, CancellationToken cancellation)
    {
        var address = new Uri(installation.Dev.Api);
        var authorization = "Authorization: Bearer " + installation.Dev.Tokens["operator"];
        var run = Guid.NewGuid().ToString("N")[..8];
        byte[] Request(int concurrency, int client, long n) => HttpConnection.Post(address, "/api/v1/executions",
            $$"""{"ticket_id":"BENCH-{{run}}-{{concurrency}}-{{client}}-{{n}}","runbook_id":"rb-bench-noop","environment_profile":"dev-flex"}""", authorization, "Prefer: wait=25");

        await ClosedLoop.Run(address, 16, context.Duration / 2, (c, n) => Request(0, c, n), Check, cancellation);
        foreach (var concurrency in concurrencies)
        {
            var (perSecond, latencies) = await ClosedLoop.Run(address, concurrency, context.Duration, (c, n) => Request(concurrency, c, n), Check, cancellation);
            context.Add(scenario, $"sessions/s at {concurrency}", perSecond, "1/s", concurrency == 64 ? "7,000" : null, concurrency == 64 ? perSecond >= 7000 : null);
            var p50 = latencies.Percentile(50);
            context.Add(scenario, $"p50 at {concurrency}", p50, "ms", concurrency == 1 ? "< 3" : null, concurrency == 1 ? p50 < 3 : null);
            context.Add(scenario, $"p99 at {concurrency}", latencies.Percentile(99), "ms", concurrency == 64 ? "< 20" : null, concurrency == 64 ? latencies.Percentile(99) < 20 : null);
        }
    }

    private static void Check(int status, ReadOnlyMemory<byte> body)
    {
        if (status != 201 || body.Span.IndexOf("\"state\":\"completed\""u8) < 0)
            throw new RunNotCompletedException(status, System.Text.Encoding.UTF8.GetString(body.Span));
    }
}

/// <summary>A run that was answered otherwise than with its completion.</summary>
internal sealed class RunNotCompletedException(int status, string body) : Exception($"a run did not complete: {status} {body[..Math.Min(body.Length, 400)]}")
{
    /// <summary>The session, when there is one.</summary>
    internal string? Session { get; } = body.IndexOf(Marker, StringComparison.Ordinal) is >= 0 and var at
        ? new string([.. body.Skip(at + Marker.Length).TakeWhile(char.IsAsciiDigit)])
        : null;

    private const string Marker = "\"session_id\":";
}
