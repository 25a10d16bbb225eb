using System.Text.Json;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers;
using Npgsql;

namespace Cavra.Actors.Storage.Workers;

/// <summary>Registered workers as rows with a version.</summary>
internal sealed class WorkerStore(DatabaseReads database) : IWorkerStore
{
    private const string Select = """
        SELECT worker_id, version, registration, certificate_key, tenants, in_process, state, reason, registered, registered_at, updated_at, last_bad_at
        FROM agent_workers
        """;

    private const string Insert = """
        INSERT INTO agent_workers (worker_id, version, registration, certificate_key, tenants, in_process, state, reason, registered, registered_at,
            updated_at, last_bad_at)
        VALUES ($1, $2, $3::json, $4, $5, $6, $7, $8::text, $9, $10, $11, $12::timestamptz)
        ON CONFLICT DO NOTHING RETURNING 1
        """;

    private const string Update = """
        UPDATE agent_workers SET version = $2, registration = $3::json, certificate_key = $4, tenants = $5, in_process = $6, state = $7, reason = $8::text,
            registered = $9, registered_at = $10, updated_at = $11, last_bad_at = $12::timestamptz
        WHERE worker_id = $1 AND version = $2 - 1
        RETURNING 1
        """;

    private const string OpenAssignmentsStatement = """
        SELECT assignment_id, session_id, tenant_id FROM agent_worker_assignments
        WHERE worker_id = $1 AND status IN ('assigned', 'acked', 'active') ORDER BY session_id
        """;

    private readonly FencedWrite _write = new(database);

    public async Task<WorkerRecord?> Load(WorkerId id)
        => (await database.AsSystemAsync(DatabaseReads.Sql($"{Select} WHERE worker_id = $1", id.Value), ReadAsync)).SingleOrDefault();

    public async Task<IReadOnlyList<WorkerRecord>> All() => await database.AsSystemAsync(DatabaseReads.Sql($"{Select} ORDER BY worker_id"), ReadAsync);

    public async Task<IReadOnlyList<OpenAssignment>> OpenAssignments(WorkerId id)
        => await database.AsSystemAsync(DatabaseReads.Sql(OpenAssignmentsStatement, id.Value), async (reader, token) =>
        {
            var open = new List<OpenAssignment>();
            while (await reader.ReadAsync(token)) open.Add(new(new(reader.GetString(0)), new(reader.GetInt64(1)), new(reader.GetString(2))));
            return open;
        });

    public ValueTask<AppendOutcome> Save(WorkerRecord record, IReadOnlyList<AuditEntry> audit)
    {
        var registration = record.Registration;
        // A worker belongs to no tenant; its audit rows name theirs.
        return _write.RunAsync(
            audit.Count > 0 ? audit[0].Tenant.Value : "", record.Version == 1 ? Insert : Update,
            [
                record.WorkerId.Value, record.Version, JsonSerializer.Serialize(registration, WireJson.Options), registration.CertificateKey,
                registration.Tenants.Select(t => t.Value).ToArray(), registration.InProcess, EnumText<WorkerState>.Of(record.State), record.Reason,
                record.Registered, record.RegisteredAt.UtcDateTime, record.UpdatedAt.UtcDateTime, record.LastBadAt?.UtcDateTime,
            ],
            audit);
    }

    private static async Task<List<WorkerRecord>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var records = new List<WorkerRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            // What the edge knows and the wire must not carry stands in columns of its own.
            var registration = JsonSerializer.Deserialize<AgentRegistration>(reader.GetString(2), WireJson.Options)! with
            {
                CertificateKey = reader.GetString(3),
                Tenants = [.. ((string[])reader.GetValue(4)).Select(t => new TenantId(t))],
                InProcess = reader.GetBoolean(5),
            };
            records.Add(new()
            {
                WorkerId = new(reader.GetString(0)),
                Version = reader.GetInt64(1),
                Registration = registration,
                State = EnumText<WorkerState>.Parse(reader.GetString(6)),
                Reason = reader.TextOrNull(7),
                Registered = reader.GetBoolean(8),
                RegisteredAt = new(reader.GetDateTime(9)),
                UpdatedAt = new(reader.GetDateTime(10)),
                LastBadAt = reader.InstantOrNull(11),
            });
        }
        return records;
    }
}
