using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary>A reader's place in a session's events: from the table until it has caught up, then from the feed. In order, no gap, no duplicate.</summary>
internal sealed class EventCursor(SessionFeed feed, ISessionReader reader, TimeProvider time, long since)
{
    private const int TablePage = 500;
    private static readonly TimeSpan TableLag = TimeSpan.FromMilliseconds(50);

    /// <summary>The last sequence handed out.</summary>
    public long Position { get; private set; } = since;

    /// <summary>Whether it has caught up once: from then on being far behind means being slow.</summary>
    public bool IsLive { get; private set; }

    /// <summary>The next events, one or more; waits until there are some.</summary>
    public async ValueTask<IReadOnlyList<EventBytes>> Next(CancellationToken cancellation)
    {
        while (true)
        {
            var (events, changed) = feed.After(Position);
            if (events is not null)
            {
                IsLive = true;
                Position = events[^1].Id;
                return events;
            }

            if (changed is not null)
            {
                IsLive = true;
                await changed.WaitAsync(cancellation);
                continue;
            }

            var page = await reader.Events(feed.Head.TenantId, feed.Head.SessionId, Position, TablePage, cancellation);
            if (page.Length > 0)
            {
                // The table hands out committed prefixes only; anything else would be a gap for the client (hazard A09).
                if (page[0].EventId != Position + 1) throw new InvalidOperationException($"session {feed.Head.SessionId}: event {Position + 1} is not in the table, {page[0].EventId} is");
                Position = page[^1].EventId;
                var written = new EventBytes[page.Length];
                for (var i = 0; i < written.Length; i++) written[i] = EventBytes.Of(page[i], feed.Head);
                return written;
            }

            // A replica may lag behind the hint.
            await Task.Delay(TableLag, time, cancellation);
        }
    }
}
