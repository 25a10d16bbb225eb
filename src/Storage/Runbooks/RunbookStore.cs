using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Storage.Connections;
using Npgsql;

namespace Cavra.Actors.Storage.Runbooks;

/// <summary>Runbook versions; none ever changes.</summary>
internal sealed class RunbookStore(DatabaseReads database) : IRunbookStore
{
    private const string Select = """
        SELECT v.runbook_id, v.version, v.digest, v.source, v.content_type, v.canonical, v.created_at, v.created_by FROM runbook_versions v
        """;

    private const string NewestStatement = $"""
        {Select} JOIN runbooks r ON r.tenant_id = v.tenant_id AND r.runbook_id = v.runbook_id AND r.newest_version = v.version
        WHERE v.tenant_id = $1 ORDER BY v.runbook_id
        """;

    private const string LoadStatement = $"""
        {Select} WHERE v.tenant_id = $1 AND v.runbook_id = $2 AND ($3::integer IS NULL OR v.version = $3) ORDER BY v.version DESC LIMIT 1
        """;

    // The runbook's own row is the fence: versions follow each other without gap.
    private const string AddStatement = """
        INSERT INTO runbook_versions (tenant_id, runbook_id, version, digest, source, content_type, canonical, created_at, created_by)
        SELECT h.tenant_id, h.runbook_id, $3, $4, $5, $6, $7::json, $8, $9 FROM head h
        RETURNING 1
        """;

    private const string HeadInsert = """
        WITH head AS (INSERT INTO runbooks (tenant_id, runbook_id, newest_version) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING tenant_id, runbook_id)
        """;

    private const string HeadUpdate = """
        WITH head AS (UPDATE runbooks SET newest_version = $3 WHERE tenant_id = $1 AND runbook_id = $2 AND newest_version = $3 - 1 RETURNING tenant_id, runbook_id)
        """;

    public async Task<IReadOnlyList<RunbookDocument>> Newest(TenantId tenant)
        => await database.AsSystemAsync(DatabaseReads.Sql(NewestStatement, tenant.Value), ReadAsync);

    public async Task<RunbookDocument?> Load(TenantId tenant, string runbookId, int? version)
        => (await database.AsSystemAsync(
            DatabaseReads.Sql(LoadStatement, tenant.Value, runbookId, new NpgsqlParameter<int?> { TypedValue = version }), ReadAsync)).SingleOrDefault();

    public async ValueTask<AppendOutcome> Add(TenantId tenant, RunbookDocument document, AuditEntry audit)
    {
        var add = DatabaseReads.Sql(
            $"""
            {(document.Version == 1 ? HeadInsert : HeadUpdate)}, added AS ({AddStatement})
            INSERT INTO audit_log (tenant_id, at, actor, action, object, outcome, ip, trace_id, detail)
            SELECT $1, $10, $11, $12, $13, $14, $15::text, $16::text, $17::text FROM added
            """,
            tenant.Value, document.RunbookId, document.Version, document.Digest, document.Source, document.ContentType, document.CanonicalJson,
            document.CreatedAt.UtcDateTime, document.CreatedBy, audit.At.UtcDateTime, audit.Actor, audit.Action, audit.Object, audit.Outcome, audit.Ip,
            audit.TraceId, audit.Detail);
        try
        {
            return await database.WriteAsync(CancellationToken.None, add) > 0 ? AppendOutcome.Committed : AppendOutcome.Conflict;
        }
        catch (StoreUnavailableException)
        {
            return AppendOutcome.Unavailable;
        }
    }

    private static async Task<List<RunbookDocument>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var documents = new List<RunbookDocument>();
        while (await reader.ReadAsync(cancellationToken))
            documents.Add(new(
                reader.GetString(0), reader.GetInt32(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5),
                new(reader.GetDateTime(6)), reader.GetString(7)));
        return documents;
    }
}
