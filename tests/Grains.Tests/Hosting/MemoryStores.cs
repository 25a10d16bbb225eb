using System.Collections.Concurrent;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Grains.Hosting;

/// <summary>Stores in memory with the fences of the real ones; they outlive hosts, so a second host is a restart.</summary>
internal sealed class MemoryStores : IWorkerStore, IApprovalStore, IFeatureFlagStore, IRecoveryReader, IAuditLog
{
    private readonly Lock _gate = new();
    private readonly Dictionary<WorkerId, WorkerRecord> _workers = [];
    private readonly Dictionary<ApprovalId, ApprovalTaskView> _approvals = [];
    private readonly Dictionary<(string, TenantId?), FeatureFlagRow> _flags = [];

    public ConcurrentQueue<AuditEntry> Audit { get; } = new();

    public ConcurrentQueue<OutboxRow> Outbox { get; } = new();

    public List<OpenAssignment> Open { get; } = [];

    public SortedSet<long> Live { get; } = [];

    /// <summary>What the next writes answer instead of being done.</summary>
    public ConcurrentQueue<AppendOutcome> Faults { get; } = new();

    public Task<WorkerRecord?> Load(WorkerId id) => Task.FromResult(Locked(() => _workers.GetValueOrDefault(id)));

    public Task<IReadOnlyList<WorkerRecord>> All() => Task.FromResult(Locked<IReadOnlyList<WorkerRecord>>(() => [.. _workers.Values]));

    public Task<IReadOnlyList<OpenAssignment>> OpenAssignments(WorkerId id) => Task.FromResult<IReadOnlyList<OpenAssignment>>([.. Open]);

    public ValueTask<AppendOutcome> Save(WorkerRecord record, IReadOnlyList<AuditEntry> audit) =>
        Write(_workers, record.WorkerId, record, record.Version, static r => r.Version, audit, []);

    public Task<ApprovalTaskView?> Load(ApprovalId id) => Task.FromResult(Locked(() => _approvals.GetValueOrDefault(id)));

    public ValueTask<AppendOutcome> Save(ApprovalTaskView task, IReadOnlyList<AuditEntry> audit, IReadOnlyList<OutboxRow> outbox) =>
        Write(_approvals, task.Request.ApprovalId, task, task.Version, static t => t.Version, audit, outbox);

    Task<IReadOnlyList<FeatureFlagRow>> IFeatureFlagStore.All() => Task.FromResult(Locked<IReadOnlyList<FeatureFlagRow>>(() => [.. _flags.Values]));

    public ValueTask<AppendOutcome> Save(FeatureFlagRow row, AuditEntry audit)
    {
        if (Faults.TryDequeue(out var fault)) return new(fault);
        Locked(() => _flags[(row.Name, row.Tenant)] = row);
        Audit.Enqueue(audit);
        return new(AppendOutcome.Committed);
    }

    public Task<IReadOnlyList<SessionId>> LiveSessions(SessionId after, int limit, DateTimeOffset? dueBefore) =>
        Task.FromResult<IReadOnlyList<SessionId>>([.. Live.Where(s => s > after.Value).Take(limit).Select(s => new SessionId(s))]);

    public Task<IReadOnlyList<ApprovalId>> OpenApprovals(ApprovalId? after, int limit) => Task.FromResult(Locked<IReadOnlyList<ApprovalId>>(() =>
        [.. _approvals.Where(a => ApprovalMachine.IsOpen(a.Value)).Select(a => a.Key)
            .Where(id => string.CompareOrdinal(id.Value, after?.Value) > 0).OrderBy(id => id.Value, StringComparer.Ordinal).Take(limit)]));

    public Task Write(AuditEntry entry, CancellationToken cancellation)
    {
        Audit.Enqueue(entry);
        return Task.CompletedTask;
    }

    public Task<Page<AuditEntry>> List(TenantId tenant, int limit, string? cursor, CancellationToken cancellation) =>
        Task.FromResult(new Page<AuditEntry>([.. Audit.Where(a => a.Tenant == tenant)], null));

    private ValueTask<AppendOutcome> Write<TKey, T>(
        Dictionary<TKey, T> rows, TKey key, T row, long version, Func<T, long> versionOf, IReadOnlyList<AuditEntry> audit, IReadOnlyList<OutboxRow> outbox)
        where TKey : notnull
    {
        if (Faults.TryDequeue(out var fault)) return new(fault);
        var written = Locked(() =>
        {
            if ((rows.TryGetValue(key, out var stored) ? versionOf(stored) : 0) != version - 1) return false;
            rows[key] = row;
            return true;
        });
        if (!written) return new(AppendOutcome.Conflict);
        foreach (var entry in audit) Audit.Enqueue(entry);
        foreach (var entry in outbox) Outbox.Enqueue(entry);
        return new(AppendOutcome.Committed);
    }

    private T Locked<T>(Func<T> body)
    {
        lock (_gate) return body();
    }
}
