using System.Diagnostics;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary><c>exec</c>: real sandboxed steps a second, and what the sandbox costs over a bare process.</summary>
internal sealed class SandboxedSteps : IScenario
{
    private const int StepsPerSession = 50;

    public string Name => "exec";

    public async Task Run(BenchContext context, CancellationToken cancellation)
    {
        await using var installation = await BenchInstallation.Start(noop: false);
        var steps = string.Join('\n', Enumerable.Range(1, StepsPerSession).Select(n => $"  - {{name: s{n}, command: [\"/bin/true\"], confidence_score: 1.0}}"));
        await BenchInstallation.Put(installation, "rb-bench-exec", $"runbook_id: rb-bench-exec\ntitle: True, many times\nowner: bench\nenvironments: [dev]\nsteps:\n{steps}\n");
        await BenchInstallation.AwaitWorkers(installation, 1);
        await Once(installation, cancellation);
        var clock = Stopwatch.StartNew();
        await Once(installation, cancellation);
        var alone = clock.Elapsed.TotalMilliseconds / StepsPerSession;
        context.Add(Name, "a sandboxed step, dispatch to stored result", alone, "ms");
        clock.Restart();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Once(installation, cancellation)));
        context.Add(Name, "sandboxed steps/s, 8 sessions at once", 8 * StepsPerSession / clock.Elapsed.TotalSeconds, "1/s");
        clock.Restart();
        for (var i = 0; i < 100; i++)
        {
            using var bare = Process.Start(new ProcessStartInfo("/bin/true") { UseShellExecute = false })!;
            await bare.WaitForExitAsync(cancellation);
        }

        var process = clock.Elapsed.TotalMilliseconds / 100;
        context.Add(Name, "a bare process", process, "ms");
        context.Add(Name, "cost of orchestration, journal and sandbox over a bare process", alone - process, "ms");
    }

    private static async Task Once(Testing.RunningInstallation installation, CancellationToken cancellation)
    {
        var session = await SessionStarter.Start(installation, "rb-bench-exec", cancellation: cancellation);
        var end = await SessionStarter.AwaitEnd(installation, session, cancellation);
        if (end != "session.completed") throw new InvalidOperationException($"session {session} ended with {end}");
    }
}
