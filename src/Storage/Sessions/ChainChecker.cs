using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Connections;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>Checks a session's stored events against their hash chain and the head in the session's row.</summary>
public sealed class ChainChecker
{
    private const string HeadStatement = "SELECT tenant_id, head_hash, last_event_seq FROM execution_sessions WHERE session_id = $1";
    private const string EventsStatement =
        $"SELECT {StoredEvents.Columns} FROM execution_events WHERE session_id = $1 AND event_id > $2 AND event_id <= $3 ORDER BY event_id LIMIT 1000";

    private readonly DatabaseReads _database;

    internal ChainChecker(DatabaseReads database) => _database = database;

    /// <summary>Where the chain breaks first: an edit, a removal, an insertion or another order. Null when it holds, or there is no such session.</summary>
    public async Task<ChainBreak?> Check(SessionId session)
    {
        var head = await _database.AsSystemAsync(DatabaseReads.Sql(HeadStatement, session.Value), async (reader, token)
            => await reader.ReadAsync(token)
                ? (Tenant: new TenantId(reader.GetString(0)), Hash: ImmutableCollectionsMarshal.AsImmutableArray(await reader.GetFieldValueAsync<byte[]>(1, token)), Seq: reader.GetInt64(2))
                : default);
        if (head.Hash.IsDefault) return null;
        var events = new List<StoredEvent>();
        ImmutableArray<StoredEvent> page;
        // Up to the head that was read: what is appended meanwhile is not its business.
        do
        {
            page = await _database.AsSystemAsync(
                DatabaseReads.Sql(EventsStatement, session.Value, events.Count > 0 ? events[^1].EventId : long.MinValue, head.Seq),
                (reader, token) => StoredEvents.ReadAllAsync(reader, session, token));
            events.AddRange(page);
        }
        while (page.Length > 0);
        return EventChain.Check(head.Tenant, session, events, head.Hash);
    }
}
