namespace Cavra.Actors.Embedded;

internal enum StreamNoticeKind : byte
{
    Item,
    Completed,
    Error,
}

/// <summary>What a publisher said.</summary>
internal readonly record struct StreamNotice<T>(T Item, Exception? Error, StreamNoticeKind Kind);

internal abstract class StreamHub(string provider, StreamId id)
{
    internal string Provider { get; } = provider;

    internal StreamId Id { get; } = id;

    internal abstract Type ItemType { get; }

    internal abstract void Kill(Exception error);
}

/// <summary>One stream with subscribers: numbers the items and gives each to every subscriber.</summary>
internal sealed class StreamHub<T>(string provider, StreamId id) : StreamHub(provider, id)
{
    private readonly Lock _order = new();
    private StreamSubscription<T>[] _subscriptions = [];
    private long _number;

    internal override Type ItemType => typeof(T);

    internal StreamSubscription<T>[] All() => Volatile.Read(ref _subscriptions);

    internal void Publish(StreamNotice<T> notice)
    {
        // One order for all subscribers: numbered and queued under one lock, which only ever covers short work.
        lock (_order)
        {
            var token = new ItemToken(++_number);
            foreach (var subscription in _subscriptions)
                subscription.Offer(notice, token);
        }
    }

    internal StreamSubscription<T> Add(StreamTable table, IAsyncObserver<T> observer)
    {
        var subscription = new StreamSubscription<T>(table, this, Activation.Current, observer);
        lock (_order)
            _subscriptions = [.. _subscriptions, subscription];
        return subscription;
    }

    /// <summary>True when it was the last.</summary>
    internal bool Remove(StreamSubscription<T> subscription)
    {
        lock (_order)
            _subscriptions = Array.FindAll(_subscriptions, s => s != subscription);
        subscription.End();
        return _subscriptions.Length == 0;
    }

    internal override void Kill(Exception error)
    {
        foreach (var subscription in All())
            subscription.Kill(error);
    }
}
