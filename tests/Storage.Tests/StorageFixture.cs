using Cavra.Actors.Testing.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cavra.Actors.Storage.Tests;

/// <summary>A fresh database with the storage open on it, as the roles that a private cluster would use.</summary>
public sealed class StorageFixture : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public PostgresStorage Storage { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        Storage = await OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await Storage.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Another storage on the same database, as another silo would have.</summary>
    public Task<PostgresStorage> OpenAsync(StorageOptions? options = null)
        => PostgresStorage.OpenAsync(Database.OwnerConnectionString, options ?? new(), _ => null, TimeProvider.System, NullLoggerFactory.Instance);

    public async Task<NpgsqlConnection> ConnectAsync(string role = "cavra_owner")
    {
        var connection = new NpgsqlConnection(Database.ConnectionStringFor(role) + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    public async Task<object?> ScalarAsync(string sql, string role = "cavra_owner")
    {
        await using var connection = await ConnectAsync(role);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
