using System.Globalization;

namespace Cavra.Actors.Simulation;

/// <summary>What a sweep came to, for people.</summary>
internal static class SweepReport
{
    private const int LinesAround = 40;

    public static void Summary(TextWriter to, SeedSweep sweep)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{sweep.Runs} seeds in {sweep.Elapsed.TotalSeconds:0.0} s: {sweep.SeedsPerSecond:0.0} seeds/s, {sweep.Sessions} sessions, {sweep.VirtualTime.TotalHours:0.0} h of cluster time, {sweep.Failed} failed"));
        var reached = Situation.All.Count(s => sweep.Situations.Counts.ContainsKey(s));
        to.WriteLine($"situations reached: {reached} of {Situation.All.Length}");
        foreach (var situation in Situation.All.OrderBy(s => sweep.Situations.Counts.GetValueOrDefault(s)))
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {sweep.Situations.Counts.GetValueOrDefault(situation),9}  {situation}"));
    }

    /// <summary>The seed, what did not hold, and what led up to it.</summary>
    public static void Failure(TextWriter to, RunResult failed)
    {
        to.WriteLine($"seed {failed.Seed} FAILED: {failed.Violations[0]}");
        var at = failed.Timeline.ToList().FindIndex(l => l.Contains("VIOLATION", StringComparison.Ordinal));
        if (at < 0) at = failed.Timeline.Count - 1;
        foreach (var line in failed.Timeline.Skip(at - LinesAround).Take(LinesAround + 1)) to.WriteLine("  " + line);
        to.WriteLine($"  the whole run: ./cavra simulate --seed {failed.Seed}");
    }

    public static void Whole(TextWriter to, RunResult result)
    {
        foreach (var line in result.Timeline) to.WriteLine(line);
        foreach (var violation in result.Violations) to.WriteLine($"FAILED: {violation}");
        to.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {result.Seed}: {result.Sessions} sessions, {result.VirtualTime.TotalMinutes:0.0} min of cluster time, {result.Steps} steps, trace {result.Digest}"));
    }
}
