using System.Net.Sockets;
using Cavra.Actors.Storage.LocalServer;
using Npgsql;

namespace Cavra.Actors.Storage.Schema;

/// <summary>Turns what can be wrong with a configured database into an error that says what to do. Passwords are never part of it.</summary>
internal static class DatabaseCheck
{
    internal static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        // Migrating is done once: its connection, with the owner's rights, is not kept.
        var connection = new NpgsqlConnection(WithoutPool(connectionString));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            var explained = Explain(e, connection);
            await connection.DisposeAsync();
            throw explained;
        }
    }

    internal static string WithoutPool(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new StorageStartException("database_setting_invalid", "CAVRA_DATABASE is not a connection string such as Host=db;Database=cavra;Username=cavra_owner.", e);
        }
    }

    internal static void RequireVersion(Version server)
    {
        if (server.Major < ServerBinaries.OldestMajor)
            throw new StorageStartException(
                "server_too_old", $"The database server is PostgreSQL {server}; {ServerBinaries.OldestMajor} or newer is needed. Upgrade it (Debian package postgresql-15).");
    }

    internal static StorageStartException Explain(Exception error, NpgsqlConnection connection)
    {
        var place = $"{connection.Host}:{connection.Port}";
        return error switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => new(
                "database_missing", $"The server at {place} has no database '{connection.Database}'. Create it: createdb -O {connection.UserName} {connection.Database}", error),
            PostgresException { SqlState: var state } when state.StartsWith("28", StringComparison.Ordinal) => new(
                "database_login_refused", $"The server at {place} refuses the login of '{connection.UserName}'. Check user and password in CAVRA_DATABASE.", error),
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } e => new(
                "database_right_missing", $"'{connection.UserName}' may not set up the schema ({e.MessageText}). It must own the database and may create roles (CREATEROLE).", error),
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.CannotConnectNow } e => new(
                "database_busy", $"The server at {place} takes no connection now: {e.MessageText}. Start again in a moment.", error),
            PostgresException e => new("database_failed", $"The server at {place} refused: {e.MessageText} ({e.SqlState}).", error),
            _ => new("database_unreachable", $"No PostgreSQL answers at {place}. Start it, or correct CAVRA_DATABASE.", error),
        };
    }
}
