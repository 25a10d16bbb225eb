using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>Starts the server again when it dies under a running host. Tries without end, at most once in <see cref="LongestPause"/>.</summary>
internal sealed class ClusterSupervisor : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly PostmasterControl _control;
    private readonly Action<int> _restarted;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private Task _loop = Task.CompletedTask;

    private ClusterSupervisor(PostmasterControl control, Action<int> restarted, ILogger logger, TimeProvider time)
    {
        _control = control;
        _restarted = restarted;
        _logger = logger;
        _time = time;
    }

    internal static ClusterSupervisor Start(PostmasterControl control, Action<int> restarted, ILogger logger, TimeProvider time)
    {
        var supervisor = new ClusterSupervisor(control, restarted, logger, time);
        supervisor._loop = supervisor.WatchAsync(supervisor._stop.Token);
        return supervisor;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(LookInterval, _time);
        while (await tick.WaitForNextTickAsync(cancellationToken))
        {
            if (!_control.IsRunning) await RestartAsync(cancellationToken);
            _control.BoundLogFile();
        }
    }

    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            _logger.Died(_control.ProcessId, attempt);
            try
            {
                // Somebody else may have started it meanwhile (pg_ctl by hand): that one is as good.
                await _control.StartOrAdoptAsync(cancellationToken);
                _restarted(_control.ProcessId);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _logger.RestartFailed(e.Message);
            }
            await Task.Delay(pause, _time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
