using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cavra.Actors.Storage.Schema;

/// <summary>One embedded migration; <paramref name="Version"/> is the number at the start of its file name.</summary>
internal sealed record Migration(int Version, string Name, string Sql, string Checksum);

/// <summary>Brings a database to this program's schema: plain SQL files, in order, each in its own transaction, one program at a time.</summary>
public static class Migrations
{
    // Any fixed number; it only has to differ from other uses of advisory locks in the same database.
    private const long AdvisoryLock = 0x43_41_56_52_41_01;
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(60);

    internal static IReadOnlyList<Migration> Embedded { get; } = ReadEmbedded(typeof(Migrations).Assembly);

    /// <summary>Short hash over all migrations; changes when the schema does.</summary>
    public static string Fingerprint { get; } =
        Hash(string.Join('\n', Embedded.Select(m => m.Checksum)))[..16];

    /// <summary>Checks the server and applies what is missing. Safe to call from several processes at once, and again.</summary>
    /// <exception cref="StorageStartException">Server unreachable or too old, database absent or newer than this program, a migration failed.</exception>
    public static Task ApplyAsync(string ownerConnectionString, ILogger logger, CancellationToken cancellationToken)
        => ApplyAsync(ownerConnectionString, Embedded, logger, cancellationToken);

    internal static async Task ApplyAsync(
        string ownerConnectionString, IReadOnlyList<Migration> migrations, ILogger logger, CancellationToken cancellationToken)
    {
        await using var connection = await DatabaseCheck.OpenAsync(ownerConnectionString, cancellationToken);
        DatabaseCheck.RequireVersion(connection.PostgreSqlVersion);
        try
        {
            await LockAsync(connection, cancellationToken);
            await ExecuteAsync(connection, """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    version integer PRIMARY KEY,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """, cancellationToken);
            var applied = await ReadAppliedAsync(connection, cancellationToken);
            RefuseForeignHistory(applied, migrations);
            foreach (var migration in migrations.Where(m => !applied.ContainsKey(m.Version)))
            {
                await ApplyOneAsync(connection, migration, cancellationToken);
                logger.Applied(migration.Name);
            }
        }
        catch (PostgresException e)
        {
            throw DatabaseCheck.Explain(e, connection);
        }
        finally
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
                await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
        }
    }

    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, $"SET lock_timeout = {(int)LockTimeout.TotalMilliseconds}", cancellationToken);
        try
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new StorageStartException(
                "migration_busy", $"Another program has been migrating this database for more than {LockTimeout.TotalSeconds:0} s. Wait for it, or end it, and start again.", e);
        }
    }

    private static async Task<Dictionary<int, (string Name, string Checksum)>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT version, name, checksum FROM schema_migrations ORDER BY version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new Dictionary<int, (string, string)>();
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2)));
        return applied;
    }

    private static void RefuseForeignHistory(Dictionary<int, (string Name, string Checksum)> applied, IReadOnlyList<Migration> migrations)
    {
        var known = migrations.ToDictionary(m => m.Version);
        foreach (var (version, (name, checksum)) in applied)
        {
            if (!known.TryGetValue(version, out var migration))
                throw new StorageStartException(
                    "database_newer",
                    $"The database has migration {name}, which this program does not know: it was written by a newer version. Start that version, or restore an older backup.");
            if (migration.Checksum != checksum)
                throw new StorageStartException(
                    "migration_changed",
                    $"Migration {name} was applied with other content than this program has. Use the program that made the database, or restore a backup.");
        }
    }

    private static async Task ApplyOneAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StorageStartException("migration_failed", $"Migration {migration.Name} failed: {e.MessageText} ({e.SqlState}). Nothing of it was kept.", e);
        }
        await using var record = new NpgsqlCommand("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", connection);
        record.Parameters.Add(new() { Value = migration.Version });
        record.Parameters.Add(new() { Value = migration.Name });
        record.Parameters.Add(new() { Value = migration.Checksum });
        await record.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Embedded files and constants only.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static IReadOnlyList<Migration> ReadEmbedded(Assembly assembly)
        => [.. assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal))
            .Select(n => Read(assembly, n))
            .OrderBy(m => m.Version)];

    private static Migration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
        var name = resource.Split('.')[^2];
        return new(int.Parse(name.Split('_')[0], CultureInfo.InvariantCulture), name, sql, Hash(sql));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
