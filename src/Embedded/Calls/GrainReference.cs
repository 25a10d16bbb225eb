namespace Cavra.Actors.Embedded;

/// <summary>
/// Stands for a grain (or an observer) in code that calls it. Immutable, cheap, valid for ever. The proxy emitter derives a class per
/// interface.
/// </summary>
public abstract class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private TurnQueue? _last;

    internal EmbeddedGrainHost Host { get; private set; } = null!;

    internal GrainClass? Class { get; private set; }

    internal Type InterfaceType { get; private set; } = null!;

    /// <summary>The identity of what it stands for.</summary>
    public GrainId GrainId { get; private set; }

    /// <inheritdoc />
    public bool Equals(GrainReference? other) => other is not null && other.GrainId == GrainId;

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc />
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <inheritdoc />
    public override string ToString() => $"GrainReference:{GrainId}:{InterfaceType.Name}";

    /// <summary>Whether both stand for the same grain.</summary>
    public static bool operator ==(GrainReference? left, GrainReference? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they stand for different grains.</summary>
    public static bool operator !=(GrainReference? left, GrainReference? right) => !(left == right);

    /// <param name="grainClass">Null for an observer, which has no class and lives in <paramref name="target"/>.</param>
    internal GrainReference Bind(EmbeddedGrainHost host, Type interfaceType, GrainId id, GrainClass? grainClass, TurnQueue? target)
    {
        (Host, InterfaceType, GrainId, Class, _last) = (host, interfaceType, id, grainClass, target);
        return this;
    }

    internal object As(Type interfaceType) => Host.Reference(interfaceType, GrainId, Class, Class is null ? _last : null);

    /// <summary>The observer's queue, when this stands for one.</summary>
    internal TurnQueue? ObserverQueue => Class is null ? _last : null;

    // Called by emitted proxies.
    internal Task SendVoid(VoidCall call)
    {
        Dispatch(call);
        return call.IsOneWay ? Task.CompletedTask : call.Promise;
    }

    // Called by emitted proxies.
    internal Task<T> Send<T>(ResultCall<T> call)
    {
        Dispatch(call);
        return call.Promise;
    }

    private void Dispatch(GrainCall call)
    {
        call.Prepare(this);
        if (Host.Refusal(call) is { } refusal)
        {
            call.Fail(refusal);
            return;
        }

        var queue = _last;
        if (queue is not null && queue.TryAccept(call))
            return;
        if (Class is null)
        {
            call.Fail(new ClientNotAvailableException($"{call.Describe()}: the observer was deleted or collected."));
            return;
        }

        while (true)
        {
            queue = Host.Directory.Locate(Class, GrainId);
            if (!queue.TryAccept(call))
                continue;
            if (!Class.IsStatelessWorker)
                _last = queue;
            return;
        }
    }
}
