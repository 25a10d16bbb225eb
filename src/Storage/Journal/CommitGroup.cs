namespace Cavra.Actors.Storage.Journal;

/// <summary>Chooses what goes into the next transaction: the oldest first, within the bounds, and no two that concern the same session or key.</summary>
internal sealed class CommitGroup(int limit, long limitBytes)
{
    private readonly HashSet<long> _sessions = [];
    private readonly HashSet<(string Tenant, string Key)> _keys = [];

    /// <summary>Moves the group out of <paramref name="waiting"/>; the rest keeps its order.</summary>
    internal List<PendingCommit> Take(List<PendingCommit> waiting)
    {
        _sessions.Clear();
        _keys.Clear();
        var group = new List<PendingCommit>(Math.Min(waiting.Count, limit));
        var kept = 0;
        var bytes = 0L;
        for (var n = 0; n < waiting.Count; n++)
        {
            var pending = waiting[n];
            var fits = group.Count < limit && (group.Count == 0 || bytes + pending.PayloadBytes <= limitBytes);
            if (fits && IsAlone(pending))
            {
                group.Add(pending);
                bytes += pending.PayloadBytes;
            }
            else
            {
                waiting[kept++] = pending;
            }
        }
        waiting.RemoveRange(kept, waiting.Count - kept);
        return group;
    }

    private bool IsAlone(PendingCommit pending)
    {
        // Order within a session holds as well: once one of its appends waits, later ones wait behind it.
        var isFirst = _sessions.Add(pending.Commit.Session.Value);
        return pending.Commit.Idempotency is { } mark ? _keys.Add((pending.Commit.Tenant.Value, mark.Key)) && isFirst : isFirst;
    }
}
