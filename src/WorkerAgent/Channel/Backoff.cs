namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>Waiting times between tries: exponential with full jitter, so that a thousand workers do not come back in one instant (hazard D09).</summary>
internal sealed class Backoff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    private int _tries;

    /// <summary>How long to wait now: between nothing and the bound, which doubles with each try.</summary>
    internal TimeSpan Next()
    {
        var bound = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(_tries++, 16)));
        return TimeSpan.FromMilliseconds(random.NextDouble() * bound);
    }

    /// <summary>It worked.</summary>
    internal void Reset() => _tries = 0;
}
