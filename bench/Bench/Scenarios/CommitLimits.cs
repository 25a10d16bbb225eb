using System.Diagnostics;
using Npgsql;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>What this disk and PostgreSQL can commit, measured as pgbench does: one small insert a transaction.</summary>
internal sealed class CommitLimits(string database) : IScenario
{
    public string Name => "disk";

    public async Task Run(BenchContext context, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(BenchDatabase.Owner(database));
        await using (var create = source.CreateCommand("create unlogged table if not exists bench_nothing(); create table if not exists bench_commits (id bigint, data text)"))
            await create.ExecuteNonQueryAsync(cancellation);
        foreach (var connections in (int[])[1, 16])
            context.Add(Name, $"commits/s, {connections} connection(s)", await Rate(source, connections, context.Duration / 2, cancellation), "1/s");
    }

    private static async Task<double> Rate(NpgsqlDataSource source, int connections, TimeSpan duration, CancellationToken cancellation)
    {
        long commits = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async n =>
        {
            await using var connection = await source.OpenConnectionAsync(cancellation);
            await using var insert = new NpgsqlCommand("insert into bench_commits values ($1, 'x')", connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = n } } };
            await insert.PrepareAsync(cancellation);
            while (clock.Elapsed < duration)
            {
                await insert.ExecuteNonQueryAsync(cancellation);
                Interlocked.Increment(ref commits);
            }
        }));
        return commits / clock.Elapsed.TotalSeconds;
    }
}
