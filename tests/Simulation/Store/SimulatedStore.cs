using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Simulation;

/// <summary>
/// The database: what is in it outlives hosts, and its fences are those of the real one (versions, one live session per ticket, idempotency keys). It
/// fails as <see cref="StoreWeather"/> says.
/// </summary>
internal sealed class SimulatedStore(StoreWeather weather, HistoryChecker checker)
    : ISessionJournal, IApprovalStore, IWorkerStore, IFeatureFlagStore, IRecoveryReader, IAuditLog
{
    private readonly SortedDictionary<long, StoredSession> _sessions = [];
    private readonly Dictionary<string, IdempotencyRecord> _keys = [];
    private readonly SortedDictionary<string, WorkerRecord> _workers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ApprovalTaskView> _approvals = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (AssignmentRow Row, SessionId Session, TenantId Tenant)> _assignments = new(StringComparer.Ordinal);

    public IEnumerable<StoredSession> Sessions => _sessions.Values;

    public IEnumerable<ApprovalTaskView> Approvals => _approvals.Values;

    public StoredSession? Find(SessionId session) => _sessions.GetValueOrDefault(session.Value);

    public async ValueTask<AppendResult> Append(SessionCommit commit)
    {
        var result = default(AppendResult);
        var outcome = await weather.Write($"append {commit.Session}", () => (result = Commit(commit)).Outcome);
        return outcome == result.Outcome ? result : new(outcome);
    }

    public async Task<SessionHistory?> Load(SessionId session)
    {
        await weather.Read();
        return _sessions.TryGetValue(session.Value, out var stored) ? stored.History() : null;
    }

    public async Task<ApprovalTaskView?> Load(ApprovalId id)
    {
        await weather.Read();
        return _approvals.GetValueOrDefault(id.Value);
    }

    public ValueTask<AppendOutcome> Save(ApprovalTaskView task, IReadOnlyList<AuditEntry> audit, IReadOnlyList<OutboxRow> outbox) =>
        weather.Write($"task {task.Request.ApprovalId} v{task.Version} {task.State}", () =>
        {
            var known = _approvals.GetValueOrDefault(task.Request.ApprovalId.Value);
            if ((known?.Version ?? 0) != task.Version - 1) return AppendOutcome.Conflict;
            checker.Changed(known, task, audit);
            _approvals[task.Request.ApprovalId.Value] = task;
            return AppendOutcome.Committed;
        });

    public async Task<WorkerRecord?> Load(WorkerId id)
    {
        await weather.Read();
        return _workers.GetValueOrDefault(id.Value);
    }

    Task<IReadOnlyList<WorkerRecord>> IWorkerStore.All() => Read<IReadOnlyList<WorkerRecord>>(() => [.. _workers.Values]);

    public Task<IReadOnlyList<OpenAssignment>> OpenAssignments(WorkerId id) => Read<IReadOnlyList<OpenAssignment>>(() =>
        [.. _assignments.Values.Where(a => a.Row.WorkerId == id && a.Row.Status is not ("released" or "failed"))
            .Select(a => new OpenAssignment(a.Row.AssignmentId, a.Session, a.Tenant))]);

    public ValueTask<AppendOutcome> Save(WorkerRecord record, IReadOnlyList<AuditEntry> audit) =>
        weather.Write($"worker {record.WorkerId} v{record.Version} {record.State}", () =>
        {
            if ((_workers.GetValueOrDefault(record.WorkerId.Value)?.Version ?? 0) != record.Version - 1) return AppendOutcome.Conflict;
            checker.Changed(record, audit);
            _workers[record.WorkerId.Value] = record;
            return AppendOutcome.Committed;
        });

    Task<IReadOnlyList<FeatureFlagRow>> IFeatureFlagStore.All() => Read<IReadOnlyList<FeatureFlagRow>>(() => []);

    public ValueTask<AppendOutcome> Save(FeatureFlagRow row, AuditEntry audit) => throw new NotSupportedException("no flag changes in a simulated day");

    public Task<IReadOnlyList<SessionId>> LiveSessions(SessionId after, int limit, DateTimeOffset? dueBefore) => Read<IReadOnlyList<SessionId>>(() =>
        [.. _sessions.Values.Where(s => s.Row.Live && s.Id.Value > after.Value && (dueBefore is null || s.Row.DeadlineAt < dueBefore)).Take(limit).Select(s => s.Id)]);

    public Task<IReadOnlyList<ApprovalId>> OpenApprovals(ApprovalId? after, int limit) => Read<IReadOnlyList<ApprovalId>>(() =>
        [.. _approvals.Where(a => a.Value.State is ApprovalState.Pending or ApprovalState.Notified && string.CompareOrdinal(a.Key, after?.Value) > 0)
            .Take(limit).Select(a => new ApprovalId(a.Key))]);

    public async Task Write(AuditEntry entry, CancellationToken cancellation)
    {
        if (await weather.Write($"audit {entry.Action} {entry.Outcome}", () => AppendOutcome.Committed) != AppendOutcome.Committed) throw new StoreUnavailableException();
    }

    public Task<Page<AuditEntry>> List(TenantId tenant, int limit, string? cursor, CancellationToken cancellation) => throw new NotSupportedException();

    private async Task<T> Read<T>(Func<T> read)
    {
        await weather.Read();
        return read();
    }

    private AppendResult Commit(SessionCommit commit)
    {
        var known = _sessions.GetValueOrDefault(commit.Session.Value);
        if ((known?.LastSeq ?? 0) != commit.ExpectedSeq) return new(AppendOutcome.Conflict);
        if (commit.Idempotency is { } mark && _keys.TryGetValue(mark.Key, out var earlier)) return new(AppendOutcome.KeyUsed, Earlier: earlier);
        if (known is null)
        {
            var ticket = commit.Row.Static!.TicketId;
            if (_sessions.Values.FirstOrDefault(s => s.Row.Live && s.Static.TicketId == ticket) is { } other) return new(AppendOutcome.TicketBusy, other.Id);
            _sessions[commit.Session.Value] = known = new(commit);
        }

        checker.Appending(known, commit);
        known.Take(commit);
        foreach (var row in commit.Assignments) _assignments[row.AssignmentId.Value] = (row, commit.Session, commit.Tenant);
        if (commit.Idempotency is { } used)
            _keys[used.Key] = new(used.Key, used.Route, used.BodyDigest, commit.IdempotentStatus, commit.Session, known.LastSeq, null, null);
        checker.Appended(known, commit);
        return new(AppendOutcome.Committed);
    }
}
