using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Rows;
using Npgsql;

namespace Cavra.Actors.Storage.Journal;

/// <summary>Finds out why appends did not pass the fence, and whether those whose answer was lost had passed it the first time.</summary>
internal static class LostCommits
{
    private static readonly string Statement = Compose();

    /// <summary>The outcome of each; null where nothing speaks against trying again.</summary>
    internal static async Task<Dictionary<PendingCommit, AppendResult?>> JudgeAsync(
        NpgsqlConnection connection, IReadOnlyList<PendingCommit> lost, CancellationToken cancellationToken)
    {
        var rows = new Question();
        for (var n = 0; n < lost.Count; n++) rows.Add(n, lost[n]);
        await using var command = new NpgsqlCommand(Statement, connection);
        rows.AddParameters(command.Parameters);
        var outcomes = new Dictionary<PendingCommit, AppendResult?>(lost.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var pending = lost[(int)reader.GetInt64(0)];
            outcomes[pending] = Judge(pending, reader);
        }
        return outcomes;
    }

    private static AppendResult? Judge(PendingCommit pending, NpgsqlDataReader reader)
    {
        var storedSeq = reader.IsDBNull(1) ? (long?)null : reader.GetInt64(1);
        var isMine = !reader.IsDBNull(2) && pending.HeadHash is { } mine && reader.GetFieldValue<byte[]>(2).AsSpan().SequenceEqual(mine);
        if (pending.InDoubt && isMine) return new(AppendOutcome.Committed);
        if (!reader.IsDBNull(4))
            return new(AppendOutcome.KeyUsed, Earlier: new(
                pending.Commit.Idempotency!.Key, reader.GetString(4), reader.GetString(5), reader.GetInt32(6),
                reader.IsDBNull(7) ? null : new SessionId(reader.GetInt64(7)), reader.IsDBNull(8) ? null : reader.GetInt64(8),
                reader.IsDBNull(9) ? null : reader.GetString(9), reader.IsDBNull(10) ? null : reader.GetString(10)));
        if (pending.IsCreate)
        {
            if (storedSeq is not null) return new(AppendOutcome.Conflict);
            return reader.IsDBNull(3) ? null : new AppendResult(AppendOutcome.TicketBusy, new SessionId(reader.GetInt64(3)));
        }
        return storedSeq == pending.Commit.ExpectedSeq ? null : new AppendResult(AppendOutcome.Conflict);
    }

    private static string Compose()
    {
        var next = 1;
        return $"""
            SELECT q.n, s.last_event_seq, e.hash, t.session_id, k.route, k.body_digest, k.status, k.session_id, k.event_id, k.body, k.location
            FROM {new Question().Unnest("q", ref next)}
            LEFT JOIN execution_sessions s ON s.session_id = q.session_id AND s.tenant_id = q.tenant_id
            LEFT JOIN execution_events e ON e.session_id = q.session_id AND e.event_id = q.new_seq
            LEFT JOIN execution_sessions t ON t.tenant_id = q.tenant_id AND t.ticket_id = q.ticket_id AND t.live
            LEFT JOIN idempotency_keys k ON k.tenant_id = q.tenant_id AND k.key = q.key
            """;
    }

    private sealed class Question : RowSet
    {
        private readonly Column<long> _n, _session, _newSeq;
        private readonly Column<string?> _tenant, _ticket, _key;

        internal Question()
        {
            _n = Bigint("n");
            _session = Bigint("session_id");
            _newSeq = Bigint("new_seq");
            _tenant = Text("tenant_id");
            _ticket = Text("ticket_id");
            _key = Text("key");
        }

        internal void Add(int n, PendingCommit pending)
        {
            _n.Add(n);
            _session.Add(pending.Commit.Session.Value);
            _newSeq.Add(pending.NewSeq);
            _tenant.Add(pending.Commit.Tenant.Value);
            _ticket.Add(pending.Commit.Row.Static?.TicketId);
            _key.Add(pending.Commit.Idempotency?.Key);
            Counted();
        }
    }
}
