using System.Collections.Immutable;
using System.Text.Json;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Rows;
using Cavra.Actors.Wire;
using Npgsql;

namespace Cavra.Actors.Storage.Sessions;

/// <summary>Loads what a session is rebuilt from.</summary>
internal sealed class SessionHistories(DatabaseReads reads, PlanCache plans)
{
    // Sessions run one step at a time, so the output of a run is contiguous: only the last chunk before another event says how far it came.
    private const string EventsStatement = $"""
        SELECT {StoredEvents.Columns} FROM (
            SELECT {StoredEvents.Columns}, lead(event_type) OVER (ORDER BY event_id) AS following
            FROM execution_events WHERE session_id = $1 AND event_id <= $2
        ) e
        WHERE event_type <> '{EventTypes.StepOutput}' OR following IS DISTINCT FROM '{EventTypes.StepOutput}'
        ORDER BY event_id
        """;

    private const string HeadStatement = """
        SELECT tenant_id, ticket_id, runbook_id, runbook_version, runbook_digest, plan_digest, validation_mode, environment, environment_profile,
            sandbox_profile, idempotency_key, requested_by, created_at
        FROM execution_sessions WHERE session_id = $1
        """;

    /// <summary>The session up to an event; null when there is none.</summary>
    internal async Task<SessionHistory?> LoadAsync(SessionId session, long upTo = long.MaxValue)
    {
        // The head never changes, so it need not be of the same instant as the events.
        if (await reads.AsSystemAsync(DatabaseReads.Sql(HeadStatement, session.Value), ReadHeadAsync) is not var (tenant, row)) return null;
        var plan = await plans.GetAsync(tenant, row.PlanDigest);
        var events = await reads.AsSystemAsync(
            DatabaseReads.Sql(EventsStatement, session.Value, upTo), (reader, token) => StoredEvents.ReadAllAsync(reader, session, token));
        return new(tenant, plan, row, events);
    }

    private static async Task<(TenantId Tenant, SessionStaticRow Row)?> ReadHeadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return (new(reader.GetString(0)), new()
        {
            TicketId = reader.GetString(1),
            RunbookId = reader.GetString(2),
            RunbookVersion = reader.GetInt32(3),
            RunbookDigest = reader.GetString(4),
            PlanDigest = reader.GetString(5),
            ValidationMode = EnumText<ValidationMode>.Parse(reader.GetString(6)),
            Environment = EnumText<TargetEnvironment>.Parse(reader.GetString(7)),
            EnvironmentProfile = EnumText<EnvironmentProfile>.Parse(reader.GetString(8)),
            SandboxProfile = reader.GetString(9),
            IdempotencyKey = reader.TextOrNull(10),
            RequestedBy = reader.GetString(11),
            CreatedAt = new(reader.GetDateTime(12)),
        });
    }
}

/// <summary>Plans as read from the database, the last few hundred; immutable and shared by all sessions that started from them.</summary>
internal sealed class PlanCache(DatabaseReads reads)
{
    private const int Limit = 512;
    private ImmutableDictionary<(string Tenant, string Digest), SessionPlan> _plans =
        ImmutableDictionary<(string Tenant, string Digest), SessionPlan>.Empty;

    internal async Task<SessionPlan> GetAsync(TenantId tenant, string digest)
    {
        if (_plans.TryGetValue((tenant.Value, digest), out var known)) return known;
        var json = await reads.AsSystemAsync(
            DatabaseReads.Sql("SELECT plan FROM session_plans WHERE tenant_id = $1 AND plan_digest = $2", tenant.Value, digest),
            async (reader, token) => await reader.ReadAsync(token) ? reader.GetString(0) : null)
            ?? throw new InvalidOperationException($"The plan {digest} of a stored session is missing.");
        var plan = JsonSerializer.Deserialize<SessionPlan>(json, WireJson.Options)!;
        // Starting over is rare and keeps the bound simple.
        ImmutableInterlocked.Update(ref _plans, p => (p.Count < Limit ? p : p.Clear()).SetItem((tenant.Value, digest), plan));
        return plan;
    }
}
