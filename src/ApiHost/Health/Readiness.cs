namespace Cavra.Actors.ApiHost.Health;

/// <summary>One thing that the host cannot do without.</summary>
/// <param name="Name">Its name in <c>/readyz</c>.</param>
/// <param name="Probe">Completes when it answers, else throws.</param>
internal sealed record ReadinessProbe(string Name, Func<CancellationToken, Task> Probe);

/// <summary>Asks every probe, each at most two seconds.</summary>
internal sealed class Readiness(IEnumerable<ReadinessProbe> probes, TimeProvider time)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    /// <summary>The probes' answers; a null failure is good.</summary>
    public async Task<IReadOnlyList<(string Name, string? Failure)>> Check(CancellationToken cancellation) =>
        await Task.WhenAll(probes.Select(p => Ask(p, cancellation)));

    private async Task<(string Name, string? Failure)> Ask(ReadinessProbe probe, CancellationToken cancellation)
    {
        using var bound = new CancellationTokenSource(Bound, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, bound.Token);
        try
        {
            await probe.Probe(both.Token).WaitAsync(both.Token);
            return (probe.Name, null);
        }
        catch (OperationCanceledException)
        {
            return (probe.Name, "no answer within 2 s");
        }
        catch (Exception e)
        {
            // The kind of failure only: its text may name hosts and users, and this answer is open to everybody.
            return (probe.Name, e.GetType().Name);
        }
    }
}
