using System.Collections.Concurrent;
using System.Globalization;

namespace Cavra.Actors.Embedded;

/// <summary>The observers of this host, held weakly.</summary>
internal sealed class ObserverRegistry(EmbeddedGrainHost host)
{
    private const int FirstSweep = 1_024;
    private static readonly GrainType ObserverType = GrainType.Create("sys.observer");

    private readonly ConcurrentDictionary<GrainId, ObserverQueue> _observers = new();
    private long _number;
    private int _sweepAt = FirstSweep;

    internal GrainReference Add(Type interfaceType, IGrainObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (observer is GrainReference)
            throw new ArgumentException("Argument obj is already a reference.", nameof(observer));
        if (observer is IGrainBase)
            throw new ArgumentException("A grain is not an observer object; use AsReference.", nameof(observer));
        Sweep();
        var id = GrainId.Create(ObserverType, Interlocked.Increment(ref _number).ToString(CultureInfo.InvariantCulture));
        var queue = new ObserverQueue(host, id, observer);
        _observers[id] = queue;
        return host.Reference(interfaceType, id, null, queue);
    }

    internal void Remove(IGrainObserver observer)
    {
        if (observer is not GrainReference { ObserverQueue: not null } reference)
            throw new ArgumentException("Argument obj is not a reference to an observer.", nameof(observer));
        if (_observers.TryRemove(reference.GrainId, out var queue))
            queue.Kill(new ClientNotAvailableException($"{queue.Name} was deleted."));
    }

    internal void Kill(Exception error)
    {
        foreach (var queue in _observers.Values)
            queue.Kill(error);
    }

    // Owners may let observers go without deleting them; what is left is small, and is swept when it has doubled.
    private void Sweep()
    {
        if (_observers.Count < _sweepAt)
            return;
        foreach (var (id, queue) in _observers)
        {
            if (!queue.IsAlive)
                _observers.TryRemove(id, out _);
        }

        _sweepAt = Math.Max(FirstSweep, _observers.Count * 2);
    }
}

/// <summary>One observer's calls, one at a time in order.</summary>
internal sealed class ObserverQueue(EmbeddedGrainHost host, GrainId id, IGrainObserver observer) : LocalQueue(host, id.ToString())
{
    private readonly WeakReference<IGrainObserver> _observer = new(observer);

    internal bool IsAlive => _observer.TryGetTarget(out _);

    internal override object TargetOf(GrainCall call) =>
        _observer.TryGetTarget(out var target) ? target : throw new ClientNotAvailableException($"{call.Describe()}: the observer was collected.");
}
