namespace Cavra.Actors.Embedded;

/// <summary>One subscriber: its bounded queue, and one delivery at a time to the grain or to its own queue of turns.</summary>
internal sealed class StreamSubscription<T> : StreamSubscriptionHandle<T>
{
    private readonly Lock _gate = new();
    private readonly Queue<(StreamNotice<T> Notice, ItemToken Token)> _queue = new();
    private readonly StreamTable _table;
    private readonly GrainClass? _class;
    private readonly LocalQueue? _local;
    private IAsyncObserver<T>? _localObserver;
    private bool _delivering;
    private bool _ended;

    internal StreamSubscription(StreamTable table, StreamHub<T> hub, Activation? subscriber, IAsyncObserver<T> observer)
    {
        (_table, Hub) = (table, hub);
        HandleId = Guid.NewGuid();
        (_class, Grain) = (subscriber?.Class, subscriber?.GrainId);
        if (subscriber is null)
            _local = new LocalQueue(table.Host, $"a subscriber of stream {hub.Id}");
        SetObserver(subscriber, observer);
    }

    internal StreamHub<T> Hub { get; }

    internal GrainId? Grain { get; }

    public override StreamId StreamId => Hub.Id;

    public override string ProviderName => Hub.Provider;

    public override Guid HandleId { get; }

    public override Task UnsubscribeAsync()
    {
        _table.Unsubscribe(this);
        Activation.Current?.StreamObservers?.Remove(HandleId);
        return Task.CompletedTask;
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        RefuseToken(token);
        var current = Activation.Current;
        if (current?.GrainId != Grain)
            throw new InvalidOperationException("A subscription is taken up by the grain that made it.");
        SetObserver(current, observer);
        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is not null && other.HandleId == HandleId;

    internal static void RefuseToken(StreamSequenceToken? token)
    {
        if (token is not null)
            throw new ArgumentException("The stream keeps no past to start from.", nameof(token));
    }

    internal void Offer(StreamNotice<T> notice, ItemToken token)
    {
        lock (_gate)
        {
            if (_ended)
                return;
            if (_queue.Count >= _table.Host.Options.StreamQueueLimit)
                _queue.Dequeue();
            _queue.Enqueue((notice, token));
            if (_delivering)
                return;
            _delivering = true;
        }

        DeliverNext();
    }

    internal void End()
    {
        lock (_gate)
        {
            _ended = true;
            _queue.Clear();
        }
    }

    internal void Kill(Exception error)
    {
        End();
        _local?.Kill(error);
    }

    private void SetObserver(Activation? activation, IAsyncObserver<T> observer)
    {
        if (activation is null)
            _localObserver = observer;
        else
            (activation.StreamObservers ??= new StreamObservers())[HandleId] = observer;
    }

    private void DeliverNext()
    {
        (StreamNotice<T> Notice, ItemToken Token) next;
        lock (_gate)
        {
            if (!_queue.TryDequeue(out next))
            {
                _delivering = false;
                return;
            }
        }

        var delivery = new Delivery(this, next.Notice, next.Token);
        if (_local is not null)
        {
            _local.TryAccept(delivery);
            return;
        }

        while (!_table.Host.Directory.Locate(_class!, Grain!.Value).TryAccept(delivery))
        {
        }
    }

    private IAsyncObserver<T>? ObserverIn(TurnQueue queue) =>
        queue is Activation activation ? activation.StreamObservers?[HandleId] as IAsyncObserver<T> : _localObserver;

    /// <summary>One item on its way to the subscriber's turn.</summary>
    private sealed class Delivery(StreamSubscription<T> subscription, StreamNotice<T> notice, ItemToken token) : Request
    {
        internal override bool MayForward => true;

        internal override string Describe() => $"item {token} of stream {subscription.StreamId}";

        internal override void Fail(Exception error) => subscription.DeliverNext();

        protected override Task Invoke()
        {
            if (subscription.ObserverIn(Queue!) is not { } observer || subscription._ended)
                return Task.CompletedTask;
            return notice.Kind switch
            {
                StreamNoticeKind.Item => observer.OnNextAsync(notice.Item, token),
                StreamNoticeKind.Completed => observer.OnCompletedAsync(),
                _ => observer.OnErrorAsync(notice.Error!),
            };
        }

        protected override void Settle(Task outcome)
        {
            if (!outcome.IsCompletedSuccessfully)
                subscription._table.Host.Log.StreamDeliveryFailed(subscription.StreamId.ToString(), Outcomes.ErrorOf(outcome));
            subscription.DeliverNext();
        }
    }
}

/// <summary>The observers of one activation, by subscription. Touched in its turns only.</summary>
internal sealed class StreamObservers
{
    private readonly Dictionary<Guid, object> _observers = [];

    internal object? this[Guid handle]
    {
        get => _observers.GetValueOrDefault(handle);
        set => _observers[handle] = value!;
    }

    internal void Remove(Guid handle) => _observers.Remove(handle);
}
