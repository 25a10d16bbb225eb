using System.Collections.Concurrent;

namespace Cavra.Actors.Embedded;

/// <summary>The streams that have subscribers, and the providers that lead to them.</summary>
internal sealed class StreamTable(EmbeddedGrainHost host)
{
    private readonly ConcurrentDictionary<(string Provider, StreamId Id), StreamHub> _hubs = new();
    private readonly Lock _gate = new();

    internal EmbeddedGrainHost Host => host;

    internal IStreamProvider Provider(string name) => new InProcessStreamProvider(this, name);

    /// <summary>Null when nobody subscribes: what most publishers find.</summary>
    internal StreamHub<T>? Find<T>(string provider, StreamId id)
    {
        if (!_hubs.TryGetValue((provider, id), out var hub))
            return null;
        return hub as StreamHub<T> ?? throw new InvalidOperationException($"Stream {id} carries {hub.ItemType}, not {typeof(T)}.");
    }

    internal StreamSubscription<T> Subscribe<T>(string provider, StreamId id, IAsyncObserver<T> observer)
    {
        lock (_gate)
        {
            var hub = Find<T>(provider, id);
            if (hub is null)
                _hubs[(provider, id)] = hub = new StreamHub<T>(provider, id);
            return hub.Add(this, observer);
        }
    }

    internal void Unsubscribe<T>(StreamSubscription<T> subscription)
    {
        lock (_gate)
        {
            if (subscription.Hub.Remove(subscription))
                _hubs.TryRemove((subscription.Hub.Provider, subscription.Hub.Id), out _);
        }
    }

    internal void Kill(Exception error)
    {
        lock (_gate)
        {
            foreach (var hub in _hubs.Values)
                hub.Kill(error);
            _hubs.Clear();
        }
    }
}

internal sealed class InProcessStreamProvider(StreamTable table, string name) : IStreamProvider
{
    public string Name => name;

    public bool IsRewindable => false;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new InProcessStream<T>(table, name, streamId);
}
