using Cavra.Actors.Journal;

namespace Cavra.Actors.Sessions;

/// <summary>Rebuilds a session from what is stored: for the grain's activation and for readers that ask how it was (<c>at=</c>).</summary>
public static class SessionHistoryFold
{
    /// <summary>
    /// The session as it was after event <paramref name="at"/> (null: after the last one). Of output events, the last of each run up to there is enough.
    /// Null when there is no event up to there.
    /// </summary>
    public static SessionView? View(SessionHistory history, long? at = null) =>
        Fold(history, at) is { } session ? SessionViews.Of(at is { } seq && seq > session.LastSeq ? session with { LastSeq = seq } : session) : null;

    /// <summary>The state after event <paramref name="at"/> (null: after the last one).</summary>
    internal static Session? Fold(SessionHistory history, long? at = null)
    {
        Session? session = null;
        foreach (var stored in history.Events)
        {
            if (stored.EventId > at) break;
            var happened = SessionEventJson.Decode(stored);
            session = session is null
                ? SessionFold.Begin(stored.SessionId, history.Tenant, history.Plan, First(stored, happened))
                : SessionFold.Apply(session with { LastSeq = stored.EventId - 1 }, happened);
        }

        return session;
    }

    private static SessionCreated First(StoredEvent stored, SessionEvent happened) =>
        happened as SessionCreated ?? throw new InvalidOperationException($"session {stored.SessionId} begins with {stored.EventType}, not with {EventTypes.SessionCreated}");
}
