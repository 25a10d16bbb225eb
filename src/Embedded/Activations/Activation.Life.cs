namespace Cavra.Actors.Embedded;

internal sealed partial class Activation
{
    internal override void Kill(Exception error)
    {
        base.Kill(error);
        foreach (var timer in TakeTimers())
            timer.Abandon();
        _ended?.TrySetResult();
    }

    private async Task ActivateAsync()
    {
        Instance = Class.Create(this);
        foreach (var state in _states ?? [])
            await state.LoadAsync();
        _states = null;
        if (!Class.HasActivate)
            return;
        var limit = Host.Options.Collection.ActivationTimeout;
        using var expired = new CancellationTokenSource(limit, Host.Time);
        await Instance.OnActivateAsync(expired.Token).WaitAsync(limit, Host.Time);
    }

    private void Activated(Task outcome)
    {
        if (outcome.IsCompletedSuccessfully)
        {
            lock (Gate)
                _life = ActivationLife.Valid;
            return;
        }

        var error = Outcomes.ErrorOf(outcome);
        List<Request> pending;
        lock (Gate)
        {
            _life = ActivationLife.Ended;
            pending = TakeWaiting();
            Host.Directory.Remove(this);
        }

        Host.Log.ActivationFailed(Name, error);
        foreach (var timer in TakeTimers())
            timer.Dispose();
        foreach (var request in pending)
            request.Fail(error);
        Release();
    }

    private async Task DeactivateAsync()
    {
        foreach (var timer in TakeTimers())
            timer.Dispose();
        if (Instance is null)
            return;
        if (Class.HasDeactivate)
        {
            var limit = Host.Options.Collection.DeactivationTimeout;
            using var expired = new CancellationTokenSource(limit, Host.Time);
            await Instance.OnDeactivateAsync(_ending!.Value, expired.Token).WaitAsync(limit, Host.Time);
        }

        if (Instance is IAsyncDisposable later)
            await later.DisposeAsync();
        else
            (Instance as IDisposable)?.Dispose();
    }

    /// <summary>The end: what still waits goes, in order, to a successor that stands in the directory before anyone can look for it.</summary>
    private void Ended(Task outcome)
    {
        if (!outcome.IsCompletedSuccessfully)
            Host.Log.DeactivationFailed(Name, Outcomes.ErrorOf(outcome));
        Activation? successor = null;
        var firstSent = Host.Time.GetTimestamp();
        List<Request> pending;
        lock (Gate)
        {
            _life = ActivationLife.Ended;
            pending = TakeWaiting();
            var forwarded = pending.FindAll(static r => r.MayForward && ++r.Forwards <= MostForwards);
            if (forwarded.Count > 0)
            {
                successor = new Activation(Host, Class, _id);
                firstSent = forwarded.Where(static r => !r.IsInternal).Select(static r => r.SentAt).Append(firstSent).Min();
                successor.Seed(forwarded);
                Host.Directory.Replace(this, successor);
            }
            else
            {
                Host.Directory.Remove(this);
            }
        }

        foreach (var request in pending)
        {
            if (request.Queue == this)
                request.Fail(new OrleansException($"{request.Describe()}: {Name} ended before it could run. {_ending}"));
        }

        Release();
        if (successor is null)
            return;
        Host.Timeouts.Watch(successor, firstSent);
        successor.Nudge();
    }

    private void Release()
    {
        TaskCompletionSource? ended;
        lock (Gate)
            ended = _ended;
        (Instance, StreamObservers) = (null, null);
        _services?.Dispose();
        _services = null;
        ended?.TrySetResult();
    }

    private GrainTimer[] TakeTimers()
    {
        lock (Gate)
        {
            GrainTimer[] timers = _timers is null ? [] : [.. _timers];
            _timers = null;
            return timers;
        }
    }

    /// <summary>The turn that begins or ends the activation.</summary>
    private sealed class Lifecycle(Activation activation, bool begins) : Request
    {
        internal override string Describe() => begins ? $"the activation of {activation.Name}" : $"the deactivation of {activation.Name}";

        // Only a crash ends it early, and then nothing of it may go on.
        internal override void Fail(Exception error)
        {
        }

        protected override Task Invoke() => begins ? activation.ActivateAsync() : activation.DeactivateAsync();

        protected override void Settle(Task outcome)
        {
            if (activation.Killed)
                return;
            if (begins)
                activation.Activated(outcome);
            else
                activation.Ended(outcome);
        }
    }
}
