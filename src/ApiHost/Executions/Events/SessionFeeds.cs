using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary>
/// The feeds of this host, one per session that anybody reads; each follows the session's stream. Every five seconds quiet feeds are compared with the
/// table, so that a lost hint delays an event and never hides it.
/// </summary>
internal sealed partial class SessionFeeds(IClusterClient cluster, ISessionReader reader, TimeProvider time, ILogger<SessionFeeds> logger) : BackgroundService
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly Dictionary<SessionId, (SessionFeed Feed, StreamSubscriptionHandle<SessionEvents>? Handle)> _feeds = [];

    /// <summary>Joins a session's feed; what happens from now on is signalled. Dispose the lease to leave.</summary>
    public async Task<Lease> Join(SessionHead head)
    {
        SessionFeed feed;
        bool isFirst;
        lock (_gate)
        {
            isFirst = !_feeds.TryGetValue(head.SessionId, out var known);
            feed = isFirst ? new SessionFeed(head) : known.Feed;
            if (isFirst) _feeds[head.SessionId] = (feed, null);
            feed.Readers++;
        }

        try
        {
            if (isFirst) await Follow(feed);
            await feed.Started.Task;
            return new Lease(this, feed);
        }
        catch
        {
            await Leave(feed);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var tick = new PeriodicTimer(CheckEvery, time);
        while (await tick.WaitForNextTickAsync(stoppingToken))
        {
            SessionFeed[] quiet;
            lock (_gate) quiet = [.. _feeds.Values.Select(f => f.Feed).Where(f => f.WasQuiet())];
            foreach (var feed in quiet)
            {
                try
                {
                    if (await reader.Head(feed.Head.TenantId, feed.Head.SessionId, stoppingToken) is { } head) feed.Advance(head.LastEventSeq);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    CheckFailed(feed.Head.SessionId.Value, e.Message);
                    break;
                }
            }
        }
    }

    // Subscribed first, then asked where the session stands: between the two nothing can be missed.
    private async Task Follow(SessionFeed feed)
    {
        try
        {
            var stream = cluster.GetStreamProvider(SessionEvents.StreamProvider).GetStream<SessionEvents>(StreamId.Create(SessionEvents.StreamNamespace, feed.Head.SessionId.Value));
            var handle = await stream.SubscribeAsync((events, _) =>
            {
                feed.Publish(events.Events);
                return Task.CompletedTask;
            });
            lock (_gate) _feeds[feed.Head.SessionId] = (feed, handle);
            var head = await reader.Head(feed.Head.TenantId, feed.Head.SessionId, CancellationToken.None);
            feed.Advance(head?.LastEventSeq ?? feed.Head.LastEventSeq);
            feed.Started.TrySetResult(true);
        }
        catch (Exception e)
        {
            feed.Started.TrySetException(e);
            throw;
        }
    }

    private async ValueTask Leave(SessionFeed feed)
    {
        StreamSubscriptionHandle<SessionEvents>? handle;
        lock (_gate)
        {
            if (--feed.Readers > 0) return;
            if (!_feeds.TryGetValue(feed.Head.SessionId, out var entry) || entry.Feed != feed) return;
            _feeds.Remove(feed.Head.SessionId);
            handle = entry.Handle;
        }

        try
        {
            if (handle is not null) await handle.UnsubscribeAsync();
        }
        catch (Exception e)
        {
            LeaveFailed(feed.Head.SessionId.Value, e.Message);
        }
    }

    /// <summary>A reader's hold on a feed.</summary>
    internal sealed class Lease(SessionFeeds owner, SessionFeed feed) : IAsyncDisposable
    {
        private int _left;

        /// <summary>The feed.</summary>
        public SessionFeed Feed { get; } = feed;

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _left, 1) == 0 ? owner.Leave(Feed) : ValueTask.CompletedTask;
    }
}
