using System.Collections.Concurrent;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Npgsql;

namespace Cavra.Actors.Storage.Connections;

/// <summary>Runs single statements outside the append lanes and turns a database that is away into <see cref="StoreUnavailableException"/>.</summary>
internal sealed class DatabaseReads(StorageConnections connections)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _shares = new();

    /// <summary>Reads as one tenant: row-level security shows nothing else. No tenant gets more than half of the connections (hazard D08).</summary>
    internal async Task<T> AsTenantAsync<T>(
        TenantId tenant, NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var share = _shares.GetOrAdd(tenant.Value, _ => new(Math.Max(1, connections.Options.ReadConnections / 2)));
        if (!await share.WaitAsync(connections.Options.CommandTimeout, cancellationToken))
            throw new StoreUnavailableException("The tenant's reads take all of its connections.");
        try
        {
            return await RepeatableAsync(connections.Reads, async () =>
            {
                await using var connection = await connections.Reads.OpenConnectionAsync(cancellationToken);
                await using var batch = new NpgsqlBatch(connection);
                // One implicit transaction: the setting ends with it.
                batch.BatchCommands.Add(Sql("SELECT set_config('app.tenant', $1, true)", tenant.Value));
                batch.BatchCommands.Add(command);
                await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
                await reader.NextResultAsync(cancellationToken);
                return await read(reader, cancellationToken);
            });
        }
        finally
        {
            share.Release();
        }
    }

    /// <summary>Reads for grains, of whatever tenant; or a write that does no harm twice.</summary>
    internal Task<T> AsSystemAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken = default)
        => RepeatableAsync(connections.Store, () => SendAsync(command, read, cancellationToken));

    /// <summary>A write that answers with rows and is sent once: when its answer is lost, nobody knows how it ended.</summary>
    internal Task<T> OnceAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read)
        => GuardAsync(() => SendAsync(command, read, CancellationToken.None));

    /// <summary>Writes in one transaction and one round trip; answers the rows that the first command changed.</summary>
    internal Task<int> WriteAsync(CancellationToken cancellationToken, params IReadOnlyList<NpgsqlBatchCommand> commands)
        => GuardAsync(async () =>
        {
            await using var connection = await connections.Store.OpenConnectionAsync(cancellationToken);
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in commands) batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return (int)batch.BatchCommands[0].RecordsAffected;
        });

    private async Task<T> SendAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await connections.Store.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await read(reader, cancellationToken);
    }

    /// <summary>A statement with its parameters in order.</summary>
    internal static NpgsqlBatchCommand Sql(string text, params IEnumerable<object?> parameters)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter as NpgsqlParameter ?? new() { Value = parameter ?? DBNull.Value });
        return command;
    }

    // After a restart of the server every pooled connection is dead, and only using it shows that.
    private static async Task<T> RepeatableAsync<T>(NpgsqlDataSource source, Func<Task<T>> work)
    {
        try
        {
            return await GuardAsync(work);
        }
        catch (StoreUnavailableException)
        {
            source.Clear();
            return await GuardAsync(work);
        }
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or IOException or TimeoutException
            && DatabaseFaults.Of(e) is DatabaseFault.Unavailable or DatabaseFault.Collision)
        {
            throw new StoreUnavailableException("The database cannot be reached or refuses the work for now.", e);
        }
    }
}
