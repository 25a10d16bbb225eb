namespace Cavra.Actors.Embedded;

/// <summary>The activations of one stateless worker: an idle one is taken, else one is added up to the limit, else the least busy is taken.</summary>
internal sealed class WorkerPool(EmbeddedGrainHost host, GrainClass grainClass, GrainId id)
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];

    internal int Count
    {
        get
        {
            lock (_gate)
                return _workers.Count;
        }
    }

    internal Activation Pick()
    {
        lock (_gate)
        {
            Activation? best = null;
            var load = int.MaxValue;
            foreach (var worker in _workers)
            {
                var its = worker.RunningCount + worker.WaitingCount;
                if (its < load)
                    (best, load) = (worker, its);
            }

            if (best is not null && (load == 0 || _workers.Count >= grainClass.MaxWorkers))
                return best;
            var added = new Activation(host, grainClass, id);
            _workers.Add(added);
            return added;
        }
    }

    internal void Remove(Activation worker)
    {
        lock (_gate)
            _workers.Remove(worker);
    }

    internal void Replace(Activation worker, Activation successor)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
            _workers.Add(successor);
        }
    }

    internal Activation[] All()
    {
        lock (_gate)
            return [.. _workers];
    }
}
