using System.Diagnostics;
using Npgsql;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>The baseline: the events of a finished three-step session written again, each in a commit of its own, by 64 writers over plain Npgsql.</summary>
internal sealed class OneCommitEach(string database) : IScenario
{
    public string Name => "baseline";

    public async Task Run(BenchContext context, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(BenchDatabase.Owner(database));
        var events = new List<(int Seq, string Type, string Payload)>();
        await using (var read = source.CreateCommand(
            "select event_id, event_type, payload::text from execution_events where session_id = (select max(session_id) from execution_sessions where state = 'completed') order by event_id"))
        await using (var rows = await read.ExecuteReaderAsync(cancellation))
        {
            while (await rows.ReadAsync(cancellation)) events.Add(((int)rows.GetInt64(0), rows.GetString(1), rows.GetString(2)));
        }

        context.Add(Name, "events of one session", events.Count, "events");
        await using (var create = source.CreateCommand("create table if not exists bench_events (session_id bigint, event_id bigint, event_type text, payload json, primary key (session_id, event_id))"))
            await create.ExecuteNonQueryAsync(cancellation);
        context.Add(Name, "sessions/s, one commit each, at 64", await Rate(source, events, context.Duration, cancellation), "1/s");
    }

    private static async Task<double> Rate(NpgsqlDataSource source, List<(int Seq, string Type, string Payload)> events, TimeSpan duration, CancellationToken cancellation)
    {
        long session = 0, done = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            while (clock.Elapsed < duration)
            {
                var id = Interlocked.Increment(ref session);
                foreach (var (seq, type, payload) in events)
                {
                    await using var insert = source.CreateCommand("insert into bench_events values ($1, $2, $3, $4::json)");
                    insert.Parameters.AddRange(new NpgsqlParameter[] { new NpgsqlParameter<long> { TypedValue = id }, new NpgsqlParameter<long> { TypedValue = seq }, new NpgsqlParameter<string> { TypedValue = type }, new NpgsqlParameter<string> { TypedValue = payload } });
                    await insert.ExecuteNonQueryAsync(cancellation);
                }

                Interlocked.Increment(ref done);
            }
        }));
        return done / clock.Elapsed.TotalSeconds;
    }
}
