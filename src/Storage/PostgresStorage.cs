using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Journal;
using Cavra.Actors.Storage.LocalServer;
using Cavra.Actors.Storage.Schema;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage;

/// <summary>
/// The installation's database, open: migrated, with the event store and everything that reads and writes beside it. One per process.
/// </summary>
public sealed class PostgresStorage : IAsyncDisposable
{
    private readonly StorageConnections _connections;
    private readonly GroupCommit _groupCommit;

    private PostgresStorage(StorageConnections connections, TimeProvider time, ILoggerFactory loggers)
    {
        _connections = connections;
        _groupCommit = new(connections, time, loggers.CreateLogger("Cavra.Actors.Storage.Journal"));
        var reads = new DatabaseReads(connections);
        Journal = new SessionJournal(_groupCommit, new(reads, new(reads)));
    }

    /// <summary>Sessions' events.</summary>
    public ISessionJournal Journal { get; }

    /// <summary>Opens a configured database (<c>CAVRA_DATABASE</c>): its login owns the schema, and takes on the lesser roles for the daily work.</summary>
    /// <exception cref="StorageStartException">The database is absent, unreachable, too old or newer than this program.</exception>
    public static Task<PostgresStorage> OpenAsync(
        string connectionString, StorageOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken = default)
        => OpenAsync(connectionString, _ => (connectionString, true), options, time, loggers, cancellationToken);

    /// <summary>Opens the database of a private cluster.</summary>
    /// <exception cref="StorageStartException">The database is newer than this program, or a migration failed.</exception>
    public static Task<PostgresStorage> OpenAsync(
        PrivateCluster cluster, StorageOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken = default)
        => OpenAsync(cluster.OwnerConnectionString, role => (cluster.ConnectionString(role), false), options, time, loggers, cancellationToken);

    /// <summary>Ends the appends that were taken, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _groupCommit.DisposeAsync();
        await _connections.DisposeAsync();
    }

    private static async Task<PostgresStorage> OpenAsync(
        string owner, Func<string, (string, bool)> forRole, StorageOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        await Migrations.ApplyAsync(owner, loggers.CreateLogger("Cavra.Actors.Storage.Schema"), cancellationToken);
        return new(new StorageConnections(forRole, options), time, loggers);
    }
}
