using Npgsql;

namespace Cavra.Actors.Storage.Connections;

/// <summary>The ways into one database, each with its own role and bound: appends, other writes, reads.</summary>
internal sealed class StorageConnections : IAsyncDisposable
{
    internal const string WriterRole = "cavra_writer";
    internal const string ReaderRole = "cavra_app";

    private readonly string _appendConnectionString;
    private readonly string? _appendRole;
    private readonly int _commandTimeoutSeconds;

    /// <summary>Opens nothing yet.</summary>
    /// <param name="connectionString">Gives the connection string for a role, and whether the login must still take the role on.</param>
    internal StorageConnections(Func<string, (string ConnectionString, bool MustSetRole)> connectionString, StorageOptions options)
    {
        Options = options;
        _commandTimeoutSeconds = Math.Clamp((int)options.CommandTimeout.TotalSeconds, 1, 60);
        var (append, mustSetRole) = connectionString(WriterRole);
        _appendRole = mustSetRole ? WriterRole : null;
        _appendConnectionString = Shape(append, pool: 0).ConnectionString;
        Store = Build(connectionString(WriterRole), WriterRole, options.StoreConnections);
        Reads = Build(connectionString(ReaderRole), ReaderRole, options.ReadConnections);
    }

    internal StorageOptions Options { get; }

    /// <summary>Everything but appends that is written for grains, and what they read of all tenants.</summary>
    internal NpgsqlDataSource Store { get; }

    /// <summary>Reads of one tenant; row-level security applies.</summary>
    internal NpgsqlDataSource Reads { get; }

    /// <summary>Opens a connection that only one append loop uses. The plans of its few statements are made once and never scan a whole table.</summary>
    internal async Task<NpgsqlConnection> OpenAppendAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(_appendConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            var role = _appendRole is null ? "" : $"SET ROLE {_appendRole};";
            await using var command = new NpgsqlCommand($"""
                {role}
                SET plan_cache_mode = force_generic_plan;
                SET enable_seqscan = off;
                SET enable_mergejoin = off;
                SET jit = off;
                SET statement_timeout = {_commandTimeoutSeconds * 1000};
                SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
                """, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Reads.DisposeAsync();
    }

    private NpgsqlDataSource Build((string ConnectionString, bool MustSetRole) source, string role, int connections)
    {
        var builder = new NpgsqlDataSourceBuilder { ConnectionStringBuilder = { ConnectionString = Shape(source.ConnectionString, connections).ConnectionString } };
        if (source.MustSetRole)
        {
            var setRole = $"SET ROLE {role}";
            builder.UsePhysicalConnectionInitializer(
                connection => Execute(connection, setRole), connection => ExecuteAsync(connection, setRole));
        }
        return builder.Build();
    }

    private NpgsqlConnectionStringBuilder Shape(string connectionString, int pool) => new(connectionString)
    {
        Pooling = pool > 0,
        MaxPoolSize = Math.Max(1, pool),
        // Nothing outlives its transaction on these connections, and the usual reset would drop the role.
        NoResetOnClose = true,
        MaxAutoPrepare = 64,
        AutoPrepareMinUsages = 2,
        Timeout = _commandTimeoutSeconds,
        CommandTimeout = _commandTimeoutSeconds,
        CancellationTimeout = 500,
        TcpKeepAlive = true,
        IncludeErrorDetail = false,
        ApplicationName = "cavra",
    };

#pragma warning disable CA2100 // A constant role name.
    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
#pragma warning restore CA2100
}
