using System.Diagnostics.CodeAnalysis;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Dispatch;

/// <summary>Waiting sessions in order of age, and within that by kind, so that a kind which nobody fits is skipped as a whole.</summary>
internal sealed class SessionQueue
{
    /// <summary>Most sessions that wait in one dispatcher.</summary>
    public const int Limit = 100_000;

    /// <summary>Positions are counted exactly up to here; beyond it the queue's length is answered.</summary>
    private const int CountedPositions = 1_000;

    private readonly Dictionary<SessionId, SessionNeeds> _bySession = [];
    private readonly SortedSet<SessionNeeds> _all = new(SessionNeeds.Order);
    private readonly Dictionary<string, SortedSet<SessionNeeds>> _byKind = new(StringComparer.Ordinal);

    public int Count => _all.Count;

    public bool IsFull => _all.Count >= Limit;

    public bool TryGet(SessionId session, [MaybeNullWhen(false)] out SessionNeeds needs) => _bySession.TryGetValue(session, out needs);

    public void Add(SessionNeeds needs)
    {
        Remove(needs.Session);
        _bySession[needs.Session] = needs;
        _all.Add(needs);
        if (!_byKind.TryGetValue(needs.Kind, out var kind)) _byKind[needs.Kind] = kind = new(SessionNeeds.Order);
        kind.Add(needs);
    }

    public SessionNeeds? Remove(SessionId session)
    {
        if (!_bySession.Remove(session, out var needs)) return null;
        _all.Remove(needs);
        var kind = _byKind[needs.Kind];
        kind.Remove(needs);
        if (kind.Count == 0) _byKind.Remove(needs.Kind);
        return needs;
    }

    /// <summary>The oldest session whose kind is not among <paramref name="skipped"/> and for which no place is being reserved.</summary>
    public SessionNeeds? Oldest(HashSet<string> skipped)
    {
        SessionNeeds? oldest = null;
        foreach (var (name, kind) in _byKind)
        {
            if (skipped.Contains(name)) continue;
            var head = kind.FirstOrDefault(n => !n.Placing);
            if (head is not null && (oldest is null || SessionNeeds.Order.Compare(head, oldest) < 0)) oldest = head;
        }

        return oldest;
    }

    /// <summary>1 for the next one; null when it does not wait.</summary>
    public int? Position(SessionId session)
    {
        if (!_bySession.TryGetValue(session, out var needs)) return null;
        if (ReferenceEquals(_all.Max, needs)) return _all.Count;
        var position = 0;
        foreach (var other in _all)
        {
            position++;
            if (ReferenceEquals(other, needs)) return position;
            if (position == CountedPositions) break;
        }

        return _all.Count;
    }
}
