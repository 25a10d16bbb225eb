namespace Cavra.Actors.Embedded;

/// <summary>A named source of streams.</summary>
public interface IStreamProvider
{
    /// <summary>The name under which it is registered.</summary>
    string Name { get; }

    /// <summary>Whether subscribers may start in the past; never in this host.</summary>
    bool IsRewindable { get; }

    /// <summary>A stream; costs nothing until someone subscribes.</summary>
    IAsyncStream<T> GetStream<T>(StreamId streamId);
}

/// <summary>What a stream is, whatever flows through it.</summary>
public interface IAsyncStream
{
    /// <summary>Whether subscribers may start in the past; never in this host.</summary>
    bool IsRewindable { get; }

    /// <summary>The provider's name.</summary>
    string ProviderName { get; }

    /// <summary>The stream's name.</summary>
    StreamId StreamId { get; }
}

/// <summary>
/// A stream: publishers on one side, subscribers on the other, each of which gets the items in order, one at a time. It lives in memory and
/// hints; it never holds the truth. Publishing does not wait for subscribers: each has a bounded queue, and when that is full the oldest item
/// is dropped, which the subscriber sees as a gap in the sequence tokens. Subscriptions end with the process.
/// </summary>
public interface IAsyncStream<T> : IAsyncStream, IEquatable<IAsyncStream<T>>, IComparable<IAsyncStream<T>>, IAsyncObservable<T>, IAsyncBatchProducer<T>
{
    /// <summary>The subscriptions of the calling grain to this stream; called outside a grain, those made outside grains.</summary>
    Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles();
}

/// <summary>Something to subscribe to.</summary>
public interface IAsyncObservable<T>
{
    /// <summary>
    /// Subscribes. Called in a grain the items come as turns of that grain; after its deactivation an item activates it again, and the grain
    /// takes the subscription up with <see cref="StreamSubscriptionHandle{T}.ResumeAsync"/> in <c>OnActivateAsync</c>, else the item is dropped.
    /// </summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);

    /// <summary>As the other; <paramref name="token"/> must be null, because the stream keeps no past.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null);
}

/// <summary>Takes the items of a stream.</summary>
public interface IAsyncObserver<in T>
{
    /// <summary>One item. If it fails the error is logged and the next item follows.</summary>
    Task OnNextAsync(T item, StreamSequenceToken? token = null);

    /// <summary>The publisher has nothing more.</summary>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>The publisher has failed.</summary>
    Task OnErrorAsync(Exception ex);
}

/// <summary>Publishes items one by one or in batches.</summary>
public interface IAsyncBatchProducer<T> : IAsyncObserver<T>
{
    /// <summary>Publishes each item in order.</summary>
    Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null);
}

/// <summary>An item's place in its stream.</summary>
#pragma warning disable CA1036, MA0097 // The members are Orleans' own; it has no operators either.
public abstract class StreamSequenceToken : IEquatable<StreamSequenceToken>, IComparable<StreamSequenceToken>
{
    /// <summary>Grows by one with each item published while the stream has subscribers.</summary>
    public abstract long SequenceNumber { get; protected set; }

    /// <summary>The place within one number; always 0 here.</summary>
    public abstract int EventIndex { get; protected set; }

    /// <inheritdoc />
    public abstract bool Equals(StreamSequenceToken? other);

    /// <inheritdoc />
    public abstract int CompareTo(StreamSequenceToken? other);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);
}

/// <summary>One subscription.</summary>
public abstract class StreamSubscriptionHandle<T> : IEquatable<StreamSubscriptionHandle<T>?>
{
    /// <summary>The stream.</summary>
    public abstract StreamId StreamId { get; }

    /// <summary>The stream's provider.</summary>
    public abstract string ProviderName { get; }

    /// <summary>The subscription's identity.</summary>
    public abstract Guid HandleId { get; }

    /// <summary>Ends the subscription; what still waits for it is dropped.</summary>
    public abstract Task UnsubscribeAsync();

    /// <summary>Gives the subscription another observer, as a fresh activation must; <paramref name="token"/> must be null.</summary>
    public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null);

    /// <inheritdoc />
    public abstract bool Equals(StreamSubscriptionHandle<T>? other);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);

    /// <inheritdoc />
    public override int GetHashCode() => HandleId.GetHashCode();
}
