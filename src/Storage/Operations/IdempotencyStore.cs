using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;

namespace Cavra.Actors.Storage.Operations;

/// <summary>Idempotency keys, remembered for a day. Those of session commands are written with the session's events.</summary>
internal sealed class IdempotencyStore(DatabaseReads database, TimeSpan lifetime, TimeProvider time) : IIdempotencyStore
{
    private const string Select = """
        SELECT route, body_digest, status, session_id, event_id, body, location FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND created_at >= $3
        """;

    private const string Insert = """
        INSERT INTO idempotency_keys AS k (tenant_id, key, route, body_digest, status, session_id, event_id, body, location, created_at)
        VALUES ($1, $2, $3, $4, $5, $6::bigint, $7::bigint, $8::text, $9::text, $10)
        ON CONFLICT (tenant_id, key) DO UPDATE SET
            route = excluded.route, body_digest = excluded.body_digest, status = excluded.status, session_id = excluded.session_id,
            event_id = excluded.event_id, body = excluded.body, location = excluded.location, created_at = excluded.created_at
        WHERE k.created_at < $11
        """;

    public Task<IdempotencyRecord?> Find(TenantId tenant, string key, CancellationToken cancellation)
        => database.AsTenantAsync(tenant, DatabaseReads.Sql(Select, tenant.Value, key, Oldest()), async (reader, token)
            => await reader.ReadAsync(token)
                ? new IdempotencyRecord(
                    key, reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.BigintOrNull(3) is { } id ? new SessionId(id) : null,
                    reader.BigintOrNull(4), reader.TextOrNull(5), reader.TextOrNull(6))
                : null, cancellation);

    public async Task<bool> Keep(TenantId tenant, IdempotencyRecord record, CancellationToken cancellation)
        => await database.WriteAsync(cancellation, DatabaseReads.Sql(
            Insert, tenant.Value, record.Key, record.Route, record.BodyDigest, record.Status, record.Session?.Value, record.EventId, record.Body,
            record.Location, time.GetUtcNow().UtcDateTime, Oldest())) > 0;

    private DateTime Oldest() => (time.GetUtcNow() - lifetime).UtcDateTime;
}
