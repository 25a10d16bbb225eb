namespace Cavra.Actors.Embedded;

internal sealed class InProcessStream<T>(StreamTable table, string provider, StreamId id) : IAsyncStream<T>
{
    public bool IsRewindable => false;

    public string ProviderName => provider;

    public StreamId StreamId => id;

    public Task OnNextAsync(T item, StreamSequenceToken? token = null)
    {
        table.Find<T>(provider, id)?.Publish(new StreamNotice<T>(item, null, StreamNoticeKind.Item));
        return Task.CompletedTask;
    }

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null)
    {
        if (table.Find<T>(provider, id) is { } hub)
        {
            foreach (var item in batch)
                hub.Publish(new StreamNotice<T>(item, null, StreamNoticeKind.Item));
        }

        return Task.CompletedTask;
    }

    public Task OnCompletedAsync()
    {
        table.Find<T>(provider, id)?.Publish(new StreamNotice<T>(default!, null, StreamNoticeKind.Completed));
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex)
    {
        table.Find<T>(provider, id)?.Publish(new StreamNotice<T>(default!, ex, StreamNoticeKind.Error));
        return Task.CompletedTask;
    }

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => SubscribeAsync(observer, token: null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        StreamSubscription<T>.RefuseToken(token);
        return Task.FromResult<StreamSubscriptionHandle<T>>(table.Subscribe(provider, id, observer));
    }

    public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        var grain = Activation.Current?.GrainId;
        return Task.FromResult<IList<StreamSubscriptionHandle<T>>>([.. table.Find<T>(provider, id)?.All().Where(s => s.Grain == grain) ?? []]);
    }

    public bool Equals(IAsyncStream<T>? other) => other is not null && other.StreamId == id && other.ProviderName == provider;

    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);

    public override int GetHashCode() => id.GetHashCode();

    public int CompareTo(IAsyncStream<T>? other) => other is null ? 1 : id.CompareTo(other.StreamId);
}
