using System.Diagnostics;
using Cavra.Actors.Bench.Load;
using Cavra.Actors.Bench.Report;
using Cavra.Actors.Testing;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>Event latency from its decision (so commit included) to a WebSocket client, fan-out to 500 clients, and output throughput.</summary>
internal sealed class LiveEvents : IScenario
{
    public string Name => "events";

    public async Task Run(BenchContext context, CancellationToken cancellation)
    {
        await using var installation = await BenchInstallation.Start(noop: false);
        await BenchInstallation.Put(installation, "rb-bench-lines", Step("rb-bench-lines", """["/bin/sh", "-c", "sleep 1; i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); sleep 0.01; done"]"""));
        await BenchInstallation.Put(installation, "rb-bench-output", Step("rb-bench-output", """["/usr/bin/seq", "1", "5000000"]"""));
        await BenchInstallation.AwaitWorkers(installation, 1);
        await Output(context, installation, cancellation);
        // A step flushes its output ten times a second: ten sessions make the hundred events a second of the aim.
        await Latency(context, installation, 10, 1, "< 25", cancellation);
        await Latency(context, installation, 1, 500, null, cancellation);
    }

    private async Task Latency(BenchContext context, RunningInstallation installation, int sessions, int clients, string? aim, CancellationToken cancellation)
    {
        var started = await Task.WhenAll(Enumerable.Range(0, sessions).Select(_ => SessionStarter.Start(installation, "rb-bench-lines", cancellation: cancellation)));
        var all = new Latencies();
        var (api, token) = (new Uri(installation.Dev.Api), installation.Dev.Tokens["viewer"]);
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(started.SelectMany(session => Enumerable.Repeat(session, clients)).Select(async session =>
        {
            var own = new List<double>();
            await EventSocket.Follow(api, token, session, (e, ms) =>
            {
                if (e.GetProperty("event").GetString() == "execution.step.output") own.Add(ms);
            }, cancellation);
            all.Add(own);
        }));
        var p99 = all.Percentile(99);
        var what = $"{sessions} session(s) with {clients} client(s) each";
        context.Add(Name, $"delivered/s, {what}", all.Count / clock.Elapsed.TotalSeconds, "1/s");
        context.Add(Name, $"latency p50, {what}", all.Percentile(50), "ms");
        context.Add(Name, $"latency p99, {what}", p99, "ms", aim, aim is null ? null : p99 < 25);
    }

    private async Task Output(BenchContext context, RunningInstallation installation, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var session = await SessionStarter.Start(installation, "rb-bench-output", cancellation: cancellation);
        long bytes = 0, lines = 0;
        await EventSocket.Follow(new Uri(installation.Dev.Api), installation.Dev.Tokens["viewer"], session, (e, _) =>
        {
            if (e.GetProperty("event").GetString() != "execution.step.output") return;
            var data = e.GetProperty("payload").GetProperty("data").GetString()!;
            bytes += data.Length;
            lines += data.AsSpan().Count('\n');
        }, cancellation);
        context.Add(Name, "output stored and delivered", bytes / clock.Elapsed.TotalSeconds / 1_000_000, "MB/s");
        context.Add(Name, "lines stored and delivered", lines / clock.Elapsed.TotalSeconds, "lines/s");
    }

    private static string Step(string id, string command) =>
        $"runbook_id: {id}\ntitle: Output\nowner: bench\nenvironments: [dev]\nsteps:\n  - {{name: print, command: {command}, confidence_score: 1.0, timeout: 2m}}\n";
}
