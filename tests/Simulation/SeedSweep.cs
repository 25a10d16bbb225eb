using System.Diagnostics;

namespace Cavra.Actors.Simulation;

/// <summary>Many seeds, as many side by side as there are processors; each run is one thread and shares nothing with the others.</summary>
internal sealed class SeedSweep(Faults faults, int parallel)
{
    private const int MostFailuresKept = 20;
    private readonly Lock _gate = new();
    private readonly List<RunResult> _failures = [];
    private readonly Stopwatch _watch = new();
    private int _next;

    public SituationCounts Situations { get; } = new();

    public int Runs { get; private set; }

    public int Failed { get; private set; }

    public long Sessions { get; private set; }

    public TimeSpan VirtualTime { get; private set; }

    public TimeSpan Elapsed => _watch.Elapsed;

    public double SeedsPerSecond => Runs / Math.Max(0.001, Elapsed.TotalSeconds);

    /// <summary>The failures with the lowest seeds first.</summary>
    public IReadOnlyList<RunResult> Failures => [.. _failures.OrderBy(f => f.Seed)];

    /// <summary>Runs <paramref name="count"/> seeds from <paramref name="first"/> on, or as many as fit into <paramref name="limit"/>.</summary>
    public void Run(int first, int count, TimeSpan? limit)
    {
        (_next, var end) = (first, first + count);
        _watch.Start();
        var threads = Enumerable.Range(0, parallel).Select(_ => new Thread(() => Work(end, limit)) { IsBackground = true }).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        _watch.Stop();
    }

    private void Work(int end, TimeSpan? limit)
    {
        while (limit is null || _watch.Elapsed < limit)
        {
            var seed = Interlocked.Increment(ref _next) - 1;
            if (seed >= end) return;
            var result = SimulatedCluster.Run(seed, faults);
            lock (_gate) Take(result);
        }
    }

    private void Take(RunResult result)
    {
        Runs++;
        Sessions += result.Sessions;
        VirtualTime += result.VirtualTime;
        Situations.Add(result.Situations);
        if (result.Violations.Count == 0) return;
        Failed++;
        if (_failures.Count < MostFailuresKept) _failures.Add(result);
    }
}
