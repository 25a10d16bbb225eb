using System.Collections.Immutable;
using System.Text;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Journal;
using Cavra.Actors.Storage.Rows;
using Npgsql;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>
/// What steps printed, read from their output events. Kind and length of each chunk stand in columns, so only the chunks that are asked for are fetched.
/// </summary>
internal sealed class StepOutputs(DatabaseReads reads)
{
    private const int TailBytes = 8 << 10;
    private const int SliceLimitBytes = 4 << 20;
    private const int StatusChunks = 16;
    private const string Stdout = "stdout";
    private const string Stderr = "stderr";
    private const string Status = "status";

    private const string ChunksStatement = $"""
        SELECT event_id, step_number, chunk_type, output_bytes FROM execution_events
        WHERE session_id = $1 AND tenant_id = $2 AND event_type = '{EventTypes.StepOutput}' AND chunk_type IS NOT NULL AND ($3::integer IS NULL OR step_number = $3) AND event_id <= $4
        ORDER BY event_id
        """;

    private const string PayloadsStatement =
        "SELECT event_id, payload FROM execution_events WHERE session_id = $1 AND tenant_id = $2 AND event_id = ANY ($3) ORDER BY event_id";

    private readonly record struct Chunk(long EventId, int Step, string Type, int Bytes);

    internal async Task<ImmutableSortedDictionary<int, StepOutputView>> TailsAsync(
        TenantId tenant, SessionId session, long upTo, CancellationToken cancellation)
    {
        var steps = (await ChunksAsync(tenant, session, null, upTo, cancellation)).GroupBy(c => c.Step).ToList();
        if (steps.Count == 0) return ImmutableSortedDictionary<int, StepOutputView>.Empty;
        var needed = steps.SelectMany(s => TailChunks(s, Stdout).Concat(TailChunks(s, Stderr)).Concat(s.Where(c => c.Type == Status).TakeLast(StatusChunks)));
        var payloads = await PayloadsAsync(tenant, session, needed, cancellation);
        return steps.ToImmutableSortedDictionary(s => s.Key, s => new StepOutputView(
            Tail(TailChunks(s, Stdout), payloads), Tail(TailChunks(s, Stderr), payloads),
            s.Where(c => c.Type != Status).Sum(c => (long)c.Bytes),
            s.Any(c => c.Type == Status && payloads.TryGetValue(c.EventId, out var payload) && SaysTruncated(payload))));
    }

    internal async Task<OutputSlice> SliceAsync(
        TenantId tenant, SessionId session, int step, string stream, long offset, int limit, CancellationToken cancellation)
    {
        var chunks = (await ChunksAsync(tenant, session, step, long.MaxValue, cancellation))
            .Where(c => stream == "all" ? c.Type != Status : c.Type == stream).ToList();
        var total = chunks.Sum(c => (long)c.Bytes);
        var end = Math.Min(total, offset + Math.Clamp(limit, 0, SliceLimitBytes));
        if (offset < 0 || offset >= end) return new([], Math.Max(0, offset), total);

        var overlapping = new List<(Chunk Chunk, long Start)>();
        var start = 0L;
        foreach (var chunk in chunks)
        {
            if (start < end && start + chunk.Bytes > offset) overlapping.Add((chunk, start));
            start += chunk.Bytes;
        }
        var payloads = await PayloadsAsync(tenant, session, overlapping.Select(o => o.Chunk), cancellation);
        var bytes = new byte[end - offset];
        foreach (var (chunk, chunkStart) in overlapping)
        {
            var from = (int)Math.Max(0, offset - chunkStart);
            var to = (int)Math.Min(chunk.Bytes, end - chunkStart);
            OutputChunk.Bytes(payloads[chunk.EventId]).AsSpan(from, to - from).CopyTo(bytes.AsSpan((int)(chunkStart + from - offset)));
        }
        return new(bytes, offset, total);
    }

    private Task<List<Chunk>> ChunksAsync(TenantId tenant, SessionId session, int? step, long upTo, CancellationToken cancellation)
        => reads.AsTenantAsync(
            tenant,
            DatabaseReads.Sql(ChunksStatement, session.Value, tenant.Value, new NpgsqlParameter<int?> { TypedValue = step }, upTo),
            async (reader, token) =>
            {
                var chunks = new List<Chunk>();
                while (await reader.ReadAsync(token))
                    chunks.Add(new(reader.GetInt64(0), reader.IntegerOrNull(1) ?? 0, string.Intern(reader.GetString(2)), reader.GetInt32(3)));
                return chunks;
            },
            cancellation);

    private async Task<Dictionary<long, string>> PayloadsAsync(
        TenantId tenant, SessionId session, IEnumerable<Chunk> chunks, CancellationToken cancellation)
    {
        var ids = chunks.Select(c => c.EventId).Distinct().ToArray();
        if (ids.Length == 0) return [];
        return await reads.AsTenantAsync(tenant, DatabaseReads.Sql(PayloadsStatement, session.Value, tenant.Value, ids), async (reader, token) =>
        {
            var payloads = new Dictionary<long, string>(ids.Length);
            while (await reader.ReadAsync(token)) payloads.Add(reader.GetInt64(0), reader.GetString(1));
            return payloads;
        }, cancellation);
    }

    private static List<Chunk> TailChunks(IEnumerable<Chunk> chunks, string type)
    {
        var bytes = 0L;
        return chunks.Where(c => c.Type == type).Reverse().TakeWhile(c => (bytes += c.Bytes) - c.Bytes < TailBytes).Reverse().ToList();
    }

    private static string Tail(List<Chunk> chunks, Dictionary<long, string> payloads)
    {
        var bytes = chunks.SelectMany(c => OutputChunk.Bytes(payloads[c.EventId])).ToArray();
        var from = Math.Max(0, bytes.Length - TailBytes);
        // Not in the middle of a character.
        while (from > 0 && from < bytes.Length && (bytes[from] & 0xC0) == 0x80) from++;
        return Encoding.UTF8.GetString(bytes.AsSpan(from));
    }

    // The worker says so in a status chunk when it begins to drop output (contract details, "Start, tools").
    private static bool SaysTruncated(string payload) => payload.Contains("output limit of ", StringComparison.Ordinal);
}
