using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>A double of the journal for injecting faults; what it keeps outlives hosts.</summary>
internal sealed class MemoryJournal : ISessionJournal, IAuditLog
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SessionId, (SessionCommit First, List<StoredEvent> Events, bool Live)> _sessions = [];
    private readonly Dictionary<string, IdempotencyRecord> _keys = [];
    private readonly List<(Func<List<StoredEvent>, bool> Wanted, SessionId Session, TaskCompletionSource Found)> _waiting = [];

    /// <summary>What happens to the next appends: before, after, conflict, overloaded; null is well.</summary>
    public Queue<Fault> Faults { get; } = new();
    public bool Down { get; set; }
    public List<SessionCommit> Commits { get; } = [];
    public List<AuditEntry> Audited { get; } = [];

    public ValueTask<AppendResult> Append(SessionCommit commit)
    {
        lock (_gate)
        {
            var fault = Faults.TryDequeue(out var next) ? next : Fault.None;
            if (Down || fault == Fault.Before) return new(new AppendResult(AppendOutcome.Unavailable));
            if (fault == Fault.Overloaded) return new(new AppendResult(AppendOutcome.Overloaded));
            var result = Write(commit, fault == Fault.Conflict);
            if (fault == Fault.After) result = new(AppendOutcome.Unavailable);
            foreach (var waiting in _waiting.ToList()) Look(waiting);
            return new(result);
        }
    }

    public Task<SessionHistory?> Load(SessionId session)
    {
        lock (_gate)
        {
            if (Down) throw new StoreUnavailableException();
            return Task.FromResult(_sessions.TryGetValue(session, out var row)
                ? new SessionHistory(row.First.Tenant, row.First.Plan!, row.First.Row.Static!, [.. row.Events])
                : null);
        }
    }

    public Task Write(AuditEntry entry, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (Down) throw new StoreUnavailableException();
            Audited.Add(entry);
        }

        return Task.CompletedTask;
    }

    public Task<Page<AuditEntry>> List(TenantId tenant, int limit, string? cursor, CancellationToken cancellation) => throw new NotSupportedException();

    public IReadOnlyList<StoredEvent> Events(SessionId session)
    {
        lock (_gate) return _sessions.TryGetValue(session, out var row) ? [.. row.Events] : [];
    }

    /// <summary>Completes when the session's events are as wanted.</summary>
    public Task Until(SessionId session, Func<List<StoredEvent>, bool> wanted)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((wanted, session, found));
            Look(_waiting[^1]);
        }

        return found.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public Task UntilType(SessionId session, string type, int count = 1) => Until(session, e => e.Count(x => x.EventType == type) >= count);

    private void Look((Func<List<StoredEvent>, bool> Wanted, SessionId Session, TaskCompletionSource Found) waiting)
    {
        if (!_sessions.TryGetValue(waiting.Session, out var row) || !waiting.Wanted(row.Events)) return;
        waiting.Found.TrySetResult();
        _waiting.Remove(waiting);
    }

    private AppendResult Write(SessionCommit commit, bool conflict)
    {
        var known = _sessions.TryGetValue(commit.Session, out var row);
        if (conflict || (known ? row.Events[^1].EventId : 0) != commit.ExpectedSeq) return new(AppendOutcome.Conflict);
        if (commit.Idempotency is { } mark && _keys.TryGetValue(mark.Key, out var earlier)) return new(AppendOutcome.KeyUsed, Earlier: earlier);
        if (!known)
        {
            var ticket = commit.Row.Static!.TicketId;
            foreach (var (other, taken) in _sessions)
                if (taken.Live && taken.First.Tenant == commit.Tenant && taken.First.Row.Static!.TicketId == ticket) return new(AppendOutcome.TicketBusy, other);
            row = (commit, [], true);
        }

        row.Events.AddRange(commit.Events);
        _sessions[commit.Session] = row with { Live = commit.Row.Live };
        Commits.Add(commit);
        if (commit.Idempotency is { } used) _keys[used.Key] = new(used.Key, used.Route, used.BodyDigest, commit.IdempotentStatus, commit.Session, commit.Events[^1].EventId, null, null);
        return new(AppendOutcome.Committed);
    }

    public enum Fault
    {
        None,
        Before,
        After,
        Conflict,
        Overloaded,
    }
}
