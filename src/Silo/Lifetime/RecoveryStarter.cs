using Cavra.Actors.Operations;
using Microsoft.Extensions.Hosting;

namespace Cavra.Actors.Silo.Lifetime;

/// <summary>Sweeps once when the grains run: whatever lived when the last host ended is looked at again.</summary>
internal sealed class RecoveryStarter(IGrainFactory grains) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IRecovery>("all").Sweep().WaitAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            // A long sweep goes on by itself; the host need not wait for its end to take requests.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
