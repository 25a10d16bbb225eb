using Cavra.Actors.Cli.Terminal;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary>
/// Starts the programs of an installation, starts again what dies, and stops everything in order: workers first, so that they report what they
/// have, then the API, which stops its PostgreSQL.
/// </summary>
internal sealed class Supervisor(CliContext context, LocalInstallation installation) : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan WorkerLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WorkerPatience = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ApiPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PostgresPatience = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly List<Watch> _watches = [];
    private Watch? _api;

    internal async Task<int> RunAsync()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
        try
        {
            var dev = await StartAsync(end.Token);
            await Greeting.PrintAsync(context, installation, dev, end.Token);
            await Task.WhenAll(_watches.Select(w => w.Loop));
        }
        catch (OperationCanceledException) when (context.Stop.IsCancellationRequested)
        {
            // Asked to stop; so it does.
        }
        finally
        {
            await end.CancelAsync();
            await StopAsync();
        }
        return ExitCodes.Ok;
    }

    public void Dispose()
    {
        foreach (var watch in _watches) watch.Dispose();
    }

    private async Task<DevFile> StartAsync(CancellationToken stop)
    {
        var started = context.Time.GetTimestamp();
        File.Delete(installation.Data.DevFile);
        PrivateFile.CreateFolder(installation.Data.Logs);
        Say("starting PostgreSQL and the API");
        _api = Add(new Watch(context, installation.Api, WritePids));
        var dev = await Readiness.WaitForApiAsync(context, installation, _api.Current, StartLimit, stop);
        installation.KeepPorts(dev);
        _api.Supervise(stop);
        Say($"API ready after {context.Time.GetElapsedTime(started).TotalSeconds:0.0} s");
        for (var number = 1; number <= installation.Settings.Workers; number++)
        {
            var which = number;
            Add(new Watch(context, () => installation.Worker(which, dev), WritePids)).Supervise(stop);
        }
        WritePids();
        if (context.Variable("CAVRA_SANDBOX__MAC") is null)
            Say("mandatory access control (AppArmor) is taken as available for prod-critical: CAVRA_SANDBOX__MAC=available");
        if (!await Readiness.WaitForWorkersAsync(context, dev, installation.Settings.Workers, WorkerLimit, stop))
            Say($"not all workers have joined yet; see {installation.Data.Logs}");
        return dev;
    }

    private Watch Add(Watch watch)
    {
        lock (_gate) _watches.Add(watch);
        watch.Start();
        return watch;
    }

    private async Task StopAsync()
    {
        if (_watches.Count == 0) return;
        Say("stopping");
        // A second Ctrl-C means now.
        using var now = new CancellationTokenSource();
        using var second = new Timer(_ => { if (StopSignals.Received > 1) now.Cancel(); }, null, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));
        await Task.WhenAll(_watches.Where(w => w != _api).Select(w => w.StopAsync(WorkerPatience, now.Token)));
        var postmaster = installation.Postmaster();
        if (_api is not null) await _api.StopAsync(ApiPatience, now.Token);
        await StopPostgresAsync(postmaster);
        File.Delete(installation.Data.DevFile);
        File.Delete(installation.Data.PidsFile);
        Say("stopped");
    }

    // The API host stops its PostgreSQL; one whose host was killed is still there.
    private async Task StopPostgresAsync(int postmaster)
    {
        if (!Signals.Runs(postmaster, "postgres")) return;
        foreach (var signal in new[] { Signals.Interrupt, Signals.Quit })
        {
            Signals.Send(postmaster, signal);
            if (await Signals.EndedAsync(postmaster, "postgres", PostgresPatience, context)) return;
        }
        Say($"PostgreSQL (process {postmaster}) does not end");
    }

    private void WritePids()
    {
        lock (_gate)
        {
            new PidsFile
            {
                Up = Environment.ProcessId,
                Api = _api?.Current.Id ?? 0,
                Workers = [.. _watches.Where(w => w != _api).Select(w => w.Current.Id)],
                Postgres = installation.Postmaster(),
            }.Write(installation.Data.PidsFile);
        }
    }

    private void Say(string text) => context.Out.WriteLine("cavra: " + SafeText.Line(text));
}
