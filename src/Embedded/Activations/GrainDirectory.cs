using System.Collections.Concurrent;

namespace Cavra.Actors.Embedded;

/// <summary>Where each grain lives.</summary>
internal sealed class GrainDirectory(EmbeddedGrainHost host)
{
    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly ConcurrentDictionary<GrainId, WorkerPool> _pools = new();

    internal int Count => _activations.Count + _pools.Sum(p => p.Value.Count);

    internal TurnQueue Locate(GrainClass grainClass, GrainId id)
    {
        if (grainClass.IsStatelessWorker)
            return _pools.GetOrAdd(id, static (id, arg) => new WorkerPool(arg.host, arg.grainClass, id), (host, grainClass)).Pick();
        return _activations.TryGetValue(id, out var activation)
            ? activation
            : _activations.GetOrAdd(id, static (id, arg) => new Activation(arg.host, arg.grainClass, id), (host, grainClass));
    }

    internal Activation? Find(GrainId id) => _activations.GetValueOrDefault(id);

    internal void Remove(Activation activation)
    {
        if (!activation.Class.IsStatelessWorker)
            _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));
        else if (_pools.TryGetValue(activation.GrainId, out var pool))
            pool.Remove(activation);
    }

    internal void Replace(Activation activation, Activation successor)
    {
        if (!activation.Class.IsStatelessWorker)
            _activations[activation.GrainId] = successor;
        else
            _pools[activation.GrainId].Replace(activation, successor);
    }

    /// <summary>Every activation, in an order that depends on nothing but their names.</summary>
    internal List<Activation> All()
    {
        var all = _activations.Values.Concat(_pools.Values.SelectMany(static p => p.All())).ToList();
        all.Sort(static (a, b) => a.GrainId.CompareTo(b.GrainId));
        return all;
    }

    /// <summary>Starts the end of what has been idle for its age.</summary>
    internal void Collect(long now)
    {
        foreach (var activation in All())
            activation.TryCollect(now);
    }
}
