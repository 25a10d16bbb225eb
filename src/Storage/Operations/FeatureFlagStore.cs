using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;

namespace Cavra.Actors.Storage.Operations;

/// <summary>Feature flags as rows; an empty tenant is the global setting.</summary>
internal sealed class FeatureFlagStore(DatabaseReads database) : IFeatureFlagStore
{
    private const string Upsert = """
        INSERT INTO feature_flags (name, tenant_id, enabled, updated_by, updated_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name, tenant_id) DO UPDATE SET enabled = excluded.enabled, updated_by = excluded.updated_by, updated_at = excluded.updated_at
        RETURNING 1
        """;

    private readonly FencedWrite _write = new(database);

    public async Task<IReadOnlyList<FeatureFlagRow>> All()
        => await database.AsSystemAsync(
            DatabaseReads.Sql("SELECT name, tenant_id, enabled, updated_by, updated_at FROM feature_flags ORDER BY name, tenant_id"), async (reader, token) =>
            {
                var rows = new List<FeatureFlagRow>();
                while (await reader.ReadAsync(token))
                    rows.Add(new(
                        reader.GetString(0), reader.GetString(1) is { Length: > 0 } tenant ? new TenantId(tenant) : null, reader.GetBoolean(2),
                        reader.GetString(3), new(reader.GetDateTime(4))));
                return rows;
            });

    public ValueTask<AppendOutcome> Save(FeatureFlagRow row, AuditEntry audit)
        => _write.RunAsync(
            audit.Tenant.Value, Upsert, [row.Name, row.Tenant?.Value ?? "", row.Enabled, row.UpdatedBy, row.UpdatedAt.UtcDateTime], [audit]);
}
