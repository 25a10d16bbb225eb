using Cavra.Actors.Identity;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.Storage.Operations;

/// <summary>Subjects whose tokens were seen, for the directory that quorums are judged by (contract details, "Who exists").</summary>
public sealed class SubjectStore
{
    private const string Select = "SELECT tenant_id, subject, roles FROM directory_subjects WHERE seen_at >= $1 ORDER BY tenant_id, subject";

    private const string Upsert = """
        INSERT INTO directory_subjects (tenant_id, subject, roles, seen_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, subject) DO UPDATE SET roles = excluded.roles, seen_at = excluded.seen_at
        """;

    private readonly DatabaseReads _database;

    internal SubjectStore(DatabaseReads database) => _database = database;

    /// <summary>Every subject seen since then, by tenant.</summary>
    public async Task<ILookup<TenantId, Subject>> SeenSince(DateTimeOffset since)
    {
        var rows = await _database.AsSystemAsync(DatabaseReads.Sql(Select, since.UtcDateTime), async (reader, token) =>
        {
            var read = new List<(TenantId Tenant, Subject Subject)>();
            while (await reader.ReadAsync(token)) read.Add((new(reader.GetString(0)), new(reader.GetString(1), [.. (string[])reader.GetValue(2)])));
            return read;
        });
        return rows.ToLookup(r => r.Tenant, r => r.Subject);
    }

    /// <summary>Notes that a subject was seen with these roles.</summary>
    public Task Save(TenantId tenant, Subject subject, DateTimeOffset seenAt)
        => _database.WriteAsync(CancellationToken.None, DatabaseReads.Sql(Upsert, tenant.Value, subject.Name, subject.Roles.ToArray(), seenAt.UtcDateTime));
}
