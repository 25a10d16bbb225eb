using Cavra.Actors.Storage.LocalServer.Triage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>
/// A PostgreSQL of the installation's own, made from the installed server programs: unix socket only, never root, started or taken
/// over at start, watched while the host runs, stopped with it (ARCHITECTURE section 5).
/// </summary>
public sealed class PrivateCluster : IAsyncDisposable
{
    private readonly PrivateClusterOptions _options;
    private readonly PostmasterControl _control;
    private readonly ILogger _logger;
    private readonly FileStream? _hostLock;
    private ClusterSupervisor? _supervisor;
    private TriageDoor? _triage;

    private PrivateCluster(PrivateClusterOptions options, PostmasterControl control, ILogger logger, FileStream? hostLock)
    {
        _options = options;
        _control = control;
        _logger = logger;
        _hostLock = hostLock;
    }

    /// <summary>The server's process id (for <c>pids.json</c>); changes when it had to be started again.</summary>
    public int ProcessId => _control.ProcessId;

    /// <summary>True when the server was still running from before and was taken over.</summary>
    public bool WasAdopted { get; private set; }

    /// <summary>Folder of the unix socket.</summary>
    public string SocketDirectory => _control.Layout.SocketDirectory;

    /// <summary>Folder with all files of the cluster; not always below the data directory (see <see cref="Note"/>).</summary>
    public string Home => _control.Layout.Home;

    /// <summary>Set when the files are not where one would look: where they are and why.</summary>
    public string? Note => _control.Layout.Note;

    /// <summary>Told the new process id after the server died and was started again.</summary>
    public event EventHandler<PrivateClusterRestartedEventArgs>? Restarted;

    /// <summary>Connection string of the schema's owner.</summary>
    public string OwnerConnectionString => ConnectionString(ClusterConfiguration.OwnerRole, _options.Database);

    /// <summary>Connection string of a role for the installation's database.</summary>
    public string ConnectionString(string role) => ConnectionString(role, _options.Database);

    /// <summary>Connection string for a role of the cluster and a database.</summary>
    public string ConnectionString(string role, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = SocketDirectory,
        Port = ClusterLayout.Port,
        Username = role,
        Database = database,
    }.ConnectionString;

    /// <summary>Makes the cluster if there is none, starts it or takes over the running one, and makes the database.</summary>
    /// <exception cref="StorageStartException">Programs missing or too old, another host uses the directory, the server does not start.</exception>
    public static async Task<PrivateCluster> StartAsync(
        PrivateClusterOptions options, ILogger logger, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var identity = ServerIdentity.Resolve();
        var layout = await ClusterLayout.PrepareAsync(options.DataDirectory, identity, cancellationToken);
        if (layout.Note is not null) logger.PlaceChosen(layout.Note);
        var hostLock = options.Shared ? null : TakeHostLock(layout, options.DataDirectory);
        try
        {
            var binaries = await ServerBinaries.FindAsync(options.BinaryDirectory, layout.ClusterMajor, cancellationToken);
            var control = new PostmasterControl(binaries, identity, layout, options, logger, time);
            var cluster = new PrivateCluster(options, control, logger, hostLock);
            cluster.WasAdopted = await control.StartOrAdoptAsync(cancellationToken);
            await cluster.EnsureDatabaseAsync(cancellationToken);
            if (!options.Shared)
            {
                cluster._triage = TriageDoor.Open(options.DataDirectory, layout.SocketDirectory, logger);
                cluster._supervisor = ClusterSupervisor.Start(control, pid => cluster.Restarted?.Invoke(cluster, new(pid)), logger, time);
            }
            return cluster;
        }
        catch
        {
            if (hostLock is not null) await hostLock.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server (fast, then at once) and removes the cluster's files, wherever they are.</summary>
    public static async Task RemoveAsync(string dataDirectory, ILogger logger, TimeProvider time, CancellationToken cancellationToken = default)
    {
        dataDirectory = Path.GetFullPath(dataDirectory);
        if (ClusterLayout.RecordedHome(dataDirectory) is null) return;
        var identity = ServerIdentity.Resolve();
        var layout = await ClusterLayout.PrepareAsync(dataDirectory, identity, cancellationToken);
        await using var hostLock = TakeHostLock(layout, dataDirectory);
        if (layout.IsInitialized)
        {
            var binaries = await ServerBinaries.FindAsync(null, layout.ClusterMajor, cancellationToken);
            await new PostmasterControl(binaries, identity, layout, new() { DataDirectory = dataDirectory }, logger, time).StopAsync();
        }
        Directory.Delete(layout.Home, recursive: true);
        if (Directory.Exists(layout.SocketDirectory)) Directory.Delete(layout.SocketDirectory, recursive: true);
        File.Delete(Path.Combine(dataDirectory, ClusterLayout.LocationFile));
    }

    /// <summary>Stops the server, unless the cluster is shared.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_triage is not null) await _triage.DisposeAsync();
        if (_supervisor is not null) await _supervisor.DisposeAsync();
        if (!_options.Shared)
        {
            await _control.StopAsync();
            _logger.Stopped();
        }
        if (_hostLock is not null) await _hostLock.DisposeAsync();
    }

    private static FileStream TakeHostLock(ClusterLayout layout, string dataDirectory)
    {
        try
        {
            // The lock is the kernel's and ends with the process, however it ends.
            return new FileStream(layout.HostLockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new StorageStartException(
                "data_directory_in_use", $"Another Cavra host uses {Path.GetFullPath(dataDirectory)}. Stop it (./cavra down) or choose another CAVRA_DATA.", e);
        }
    }

    private async Task EnsureDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(ClusterConfiguration.OwnerRole, "postgres") + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        if (!_options.Shared) await TriageRole.EnsureAsync(connection, cancellationToken);
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        exists.Parameters.Add(new() { Value = _options.Database });
        if (await exists.ExecuteScalarAsync(cancellationToken) is not null) return;
        var name = new NpgsqlCommandBuilder().QuoteIdentifier(_options.Database);
#pragma warning disable CA2100 // The name is quoted and comes from the configuration.
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>The private server died and runs again.</summary>
/// <param name="processId">Its new process id.</param>
public sealed class PrivateClusterRestartedEventArgs(int processId) : EventArgs
{
    /// <summary>The new process id.</summary>
    public int ProcessId { get; } = processId;
}
