using Cavra.Actors.Sessions;
using Cavra.Actors.Silo.Settings;
using Cavra.Actors.Storage;
using Cavra.Actors.Storage.LocalServer;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Silo.Lifetime;

/// <summary>
/// Opens the database before the grains start and closes it after they ended: a configured one, or a private PostgreSQL under the data directory
/// (ARCHITECTURE section 5).
/// </summary>
public sealed class SiloStorage(SiloSettings settings, SiloPlace place, TimeProvider time, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private PostgresStorage? _storage;
    private PrivateCluster? _cluster;

    /// <summary>The open storage.</summary>
    /// <exception cref="InvalidOperationException">The host has not started.</exception>
    public PostgresStorage Storage => _storage ?? throw new InvalidOperationException("the database is not open yet; the host has not started");

    /// <summary>Connection string for people and tools on this machine (dev.json).</summary>
    public string ConnectionString => _cluster?.OwnerConnectionString ?? settings.Database ?? "";

    /// <summary>The private server's process id; 0 with a database of one's own.</summary>
    public int PostgresProcess => _cluster?.ProcessId ?? 0;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = new StorageOptions();
        if (settings.Database is { } configured)
        {
            _storage = await PostgresStorage.OpenAsync(configured, options, static history => SessionHistoryFold.View(history), time, loggers, cancellationToken);
            return;
        }

        _cluster = await PrivateCluster.StartAsync(
            new PrivateClusterOptions { DataDirectory = place.DataDirectory }, loggers.CreateLogger("Cavra.Actors.Storage.LocalServer"), time, cancellationToken);
        _storage = await PostgresStorage.OpenAsync(_cluster, options, static history => SessionHistoryFold.View(history), time, loggers, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _storage, null) is { } storage) await storage.DisposeAsync();
        if (Interlocked.Exchange(ref _cluster, null) is { } cluster) await cluster.DisposeAsync();
    }
}

/// <summary>Where the silo keeps its files.</summary>
/// <param name="DataDirectory">The installation's data directory.</param>
public sealed record SiloPlace(string DataDirectory);
