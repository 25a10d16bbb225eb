using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;
using Npgsql;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>Reads sessions for one tenant. Every statement names the tenant, and row-level security names it again.</summary>
internal sealed class SessionReader(DatabaseReads reads, SessionHistories histories, PlanCache plans, Func<SessionHistory, SessionView?> replay)
    : ISessionReader
{
    private const int PageEvents = 256;
    private const int PageLimitBytes = 4 << 20;

    private const string HeadStatement = """
        SELECT environment, sandbox_profile, last_event_seq, live FROM execution_sessions WHERE session_id = $1 AND tenant_id = $2
        """;

    private const string EventsStatement = $"""
        SELECT {StoredEvents.Columns} FROM execution_events
        WHERE session_id = $1 AND tenant_id = $2 AND event_id > $3 ORDER BY event_id LIMIT $4
        """;

    private const string LiveStatement = "SELECT session_id FROM execution_sessions WHERE tenant_id = $1 AND ticket_id = $2 AND live";

    private readonly SessionList _list = new(reads, plans);
    private readonly StepOutputs _outputs = new(reads);

    public Task<SessionHead?> Head(TenantId tenant, SessionId session, CancellationToken cancellation)
        => reads.AsTenantAsync(tenant, DatabaseReads.Sql(HeadStatement, session.Value, tenant.Value), async (reader, token)
            => await reader.ReadAsync(token)
                ? new SessionHead(
                    session, tenant, EnumText<TargetEnvironment>.Parse(reader.GetString(0)), reader.GetString(1), reader.GetInt64(2), !reader.GetBoolean(3))
                : null, cancellation);

    public async Task<ImmutableArray<StoredEvent>> Events(TenantId tenant, SessionId session, long since, int limit, CancellationToken cancellation)
    {
        var events = ImmutableArray.CreateBuilder<StoredEvent>();
        var bytes = 0L;
        // In pages, so that a limit of many big events is not read whole only to be thrown away. Ids are dense: no page can skip one.
        while (events.Count < limit && bytes < PageLimitBytes)
        {
            var asked = Math.Min(limit - events.Count, PageEvents);
            var page = await PageAsync(tenant, session, events.Count > 0 ? events[^1].EventId : since, asked, cancellation);
            foreach (var stored in page)
            {
                if (bytes >= PageLimitBytes) break;
                events.Add(stored);
                bytes += stored.Payload.Length;
            }
            if (page.Length < asked) break;
        }
        return events.DrainToImmutable();
    }

    public async Task<SessionView?> ViewAt(TenantId tenant, SessionId session, long eventId, CancellationToken cancellation)
    {
        if (await Head(tenant, session, cancellation) is not { } head || eventId < 1 || eventId > head.LastEventSeq) return null;
        return await histories.LoadAsync(session, eventId) is { } history ? replay(history) : null;
    }

    public Task<Page<SessionView>> List(TenantId tenant, SessionFilter filter, CancellationToken cancellation) => _list.ReadAsync(tenant, filter, cancellation);

    public Task<ImmutableSortedDictionary<int, StepOutputView>> OutputTails(TenantId tenant, SessionId session, long upTo, CancellationToken cancellation)
        => _outputs.TailsAsync(tenant, session, upTo, cancellation);

    public Task<OutputSlice> Output(
        TenantId tenant, SessionId session, int step, string stream, long offset, int limit, CancellationToken cancellation)
        => _outputs.SliceAsync(tenant, session, step, stream, offset, limit, cancellation);

    public Task<SessionId?> LiveSession(TenantId tenant, string ticketId, CancellationToken cancellation)
        => reads.AsTenantAsync(tenant, DatabaseReads.Sql(LiveStatement, tenant.Value, ticketId), async (reader, token)
            => await reader.ReadAsync(token) ? new SessionId(reader.GetInt64(0)) : (SessionId?)null, cancellation);

    private Task<ImmutableArray<StoredEvent>> PageAsync(TenantId tenant, SessionId session, long since, int limit, CancellationToken cancellation)
        => reads.AsTenantAsync<ImmutableArray<StoredEvent>>(
            tenant, DatabaseReads.Sql(EventsStatement, session.Value, tenant.Value, since, limit),
            (NpgsqlDataReader reader, CancellationToken token) => StoredEvents.ReadAllAsync(reader, session, token), cancellation);
}
