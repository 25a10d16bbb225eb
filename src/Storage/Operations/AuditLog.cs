using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;

namespace Cavra.Actors.Storage.Operations;

/// <summary>Who did what. Rows are only ever added.</summary>
internal sealed class AuditLog(DatabaseReads database) : IAuditLog
{
    private const string Insert = """
        INSERT INTO audit_log (tenant_id, at, actor, action, object, outcome, ip, trace_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7::text, $8::text, $9::text)
        """;

    private const string Select = """
        SELECT audit_id, at, actor, action, object, outcome, ip, trace_id, detail FROM audit_log
        WHERE tenant_id = $1 AND audit_id < $2 ORDER BY audit_id DESC LIMIT $3
        """;

    public Task Write(AuditEntry entry, CancellationToken cancellation)
        => database.WriteAsync(cancellation, DatabaseReads.Sql(
            Insert, entry.Tenant.Value, entry.At.UtcDateTime, entry.Actor, entry.Action, entry.Object, entry.Outcome, entry.Ip, entry.TraceId, entry.Detail));

    public async Task<Page<AuditEntry>> List(TenantId tenant, int limit, string? cursor, CancellationToken cancellation)
    {
        var command = DatabaseReads.Sql(Select, tenant.Value, Cursors.Single(cursor) ?? long.MaxValue, limit + 1);
        var rows = await database.AsTenantAsync(tenant, command, async (reader, token) =>
        {
            var read = new List<(long Id, AuditEntry Entry)>();
            while (await reader.ReadAsync(token))
                read.Add((reader.GetInt64(0), new(
                    new(reader.GetDateTime(1)), reader.GetString(2), tenant, reader.GetString(3), reader.GetString(4), reader.GetString(5),
                    reader.TextOrNull(6), reader.TextOrNull(7), reader.TextOrNull(8))));
            return read;
        }, cancellation);
        var next = rows.Count > limit ? Cursors.Of(rows[limit - 1].Id) : null;
        return new([.. rows.Take(limit).Select(r => r.Entry)], next);
    }
}
