namespace Cavra.Actors.Operations;

/// <summary>
/// Wakes what must not sleep: after a start, every live session, open approval and registered worker; later, by its one durable reminder, sessions whose
/// deadline passed without a turn. One grain, key <c>all</c>. Repeats do no harm.
/// </summary>
[Alias("cavra.IRecovery")]
public interface IRecovery : IGrainWithStringKey
{
    /// <summary>Sweeps once; answers how many sessions were nudged.</summary>
    [Alias("Sweep")]
    Task<int> Sweep();
}
