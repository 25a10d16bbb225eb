using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;

namespace Cavra.Actors.Storage.Operations;

/// <summary>Removes what has had its time, once an hour: idempotency keys past their lifetime. Events and audit rows are kept.</summary>
internal sealed class Housekeeping : IAsyncDisposable
{
    private const int Chunk = 5000;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private const string DeleteKeys = """
        DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2))
        """;

    private readonly CancellationTokenSource _stop = new();
    private readonly DatabaseReads _database;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _time;
    private readonly Task _loop;

    internal Housekeeping(DatabaseReads database, TimeSpan keyLifetime, TimeProvider time)
    {
        _database = database;
        _lifetime = keyLifetime;
        _time = time;
        _loop = RunAsync(_stop.Token);
    }

    /// <summary>Removes in chunks, so that no transaction grows with the table; answers how many.</summary>
    internal async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        int chunk;
        do
        {
            var oldest = (_time.GetUtcNow() - _lifetime).UtcDateTime;
            chunk = await _database.WriteAsync(cancellationToken, DatabaseReads.Sql(DeleteKeys, oldest, Chunk));
            removed += chunk;
        }
        while (chunk == Chunk);
        return removed;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(Interval, _time);
        while (await tick.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await SweepAsync(cancellationToken);
            }
            catch (StoreUnavailableException)
            {
                // The next hour will do.
            }
        }
    }
}
