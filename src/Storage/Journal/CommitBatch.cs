using System.Text.Json;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;
using Npgsql;
using NpgsqlTypes;

namespace Cavra.Actors.Storage.Journal;

/// <summary>Sends one group of appends as one transaction in one round trip, and learns which of them passed the fence. Reused.</summary>
internal sealed class CommitBatch(KnownPlans knownPlans, TimeSpan idempotencyLifetime, TimeProvider time)
{
    private readonly CommitRows _changes = new();
    private readonly CommitRows _creates = new();
    private readonly PlanRows _plans = new();
    private readonly PlanStepRows _planSteps = new();
    private readonly List<(string Tenant, string Digest)> _newPlans = [];

    /// <summary>The sessions whose append is now durable.</summary>
    internal async Task<HashSet<long>> SendAsync(NpgsqlConnection connection, IReadOnlyList<PendingCommit> pending, CancellationToken cancellationToken)
    {
        Fill(pending);
        await using var batch = new NpgsqlBatch(connection);
        AddExpiry(batch, _changes.Marks);
        AddExpiry(batch, _creates.Marks);
        if (_plans.Count > 0) AddPlans(batch);
        // Ends come before beginnings: a ticket that one session leaves may be taken by the next in the same transaction.
        if (!_changes.IsEmpty) batch.BatchCommands.Add(_changes.Command());
        if (!_creates.IsEmpty) batch.BatchCommands.Add(_creates.Command());

        // Without an explicit transaction all commands up to the one Sync are one: begin, work and commit share the round trip.
        var won = new HashSet<long>(pending.Count);
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            do
            {
                while (await reader.ReadAsync(cancellationToken)) won.Add(reader.GetInt64(0));
            }
            while (await reader.NextResultAsync(cancellationToken));
        }
        foreach (var plan in _newPlans) knownPlans.Add(plan);
        return won;
    }

    private void Fill(IReadOnlyList<PendingCommit> pending)
    {
        _changes.Clear();
        _creates.Clear();
        _plans.Clear();
        _planSteps.Clear();
        _newPlans.Clear();
        foreach (var item in pending)
        {
            (item.IsCreate ? _creates : _changes).Add(item);
            if (item.Commit.Plan is { } plan) AddPlan(item.Commit.Tenant.Value, item.Commit.Row.Static?.PlanDigest ?? plan.Digest, plan);
        }
    }

    private void AddPlan(string tenant, string digest, SessionPlan plan)
    {
        if (knownPlans.Contains((tenant, digest)) || _newPlans.Contains((tenant, digest))) return;
        _newPlans.Add((tenant, digest));
        _plans.Add(tenant, digest, JsonSerializer.Serialize(plan, WireJson.Options));
        foreach (var step in plan.Steps) _planSteps.Add(tenant, digest, step);
    }

    private void AddPlans(NpgsqlBatch batch)
    {
        var next = 1;
        var plans = new NpgsqlBatchCommand(CommitStatements.Plans.Replace("{0}", _plans.Unnest("p", ref next), StringComparison.Ordinal));
        _plans.AddParameters(plans.Parameters);
        batch.BatchCommands.Add(plans);
        next = 1;
        var steps = new NpgsqlBatchCommand(CommitStatements.PlanSteps.Replace("{0}", _planSteps.Unnest("p", ref next), StringComparison.Ordinal));
        _planSteps.AddParameters(steps.Parameters);
        batch.BatchCommands.Add(steps);
    }

    private void AddExpiry(NpgsqlBatch batch, MarkRows marks)
    {
        if (marks.Count == 0) return;
        var next = 1;
        var source = marks.Unnest("m", ref next);
        var command = new NpgsqlBatchCommand(
            CommitStatements.ExpireMarks.Replace("{0}", source, StringComparison.Ordinal).Replace("{1}", $"${next}", StringComparison.Ordinal));
        marks.AddParameters(command.Parameters);
        command.Parameters.Add(new NpgsqlParameter<DateTime>
        {
            TypedValue = (time.GetUtcNow() - idempotencyLifetime).UtcDateTime,
            NpgsqlDbType = NpgsqlDbType.TimestampTz,
        });
        batch.BatchCommands.Add(command);
    }
}

/// <summary>Plans that are surely stored already, the last few thousand; a forgotten one is only sent again.</summary>
internal sealed class KnownPlans
{
    private const int Limit = 4096;
    private readonly HashSet<(string Tenant, string Digest)> _known = [];
    private readonly Queue<(string Tenant, string Digest)> _order = new();
    private readonly Lock _gate = new();

    internal bool Contains((string Tenant, string Digest) plan)
    {
        lock (_gate) return _known.Contains(plan);
    }

    internal void Add((string Tenant, string Digest) plan)
    {
        lock (_gate)
        {
            if (!_known.Add(plan)) return;
            _order.Enqueue(plan);
            if (_order.Count > Limit) _known.Remove(_order.Dequeue());
        }
    }
}
