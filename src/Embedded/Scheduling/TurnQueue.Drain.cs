namespace Cavra.Actors.Embedded;

internal abstract partial class TurnQueue
{
    /// <summary>Runs a quantum of turns. Only the executor calls this.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        // On the pool both are empty; an executor that runs turns on a thread of its own may have its own.
        var outerContext = ExecutionContext.Capture();
        var outerSynchronization = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        Drain();
        if (outerContext is not null)
            ExecutionContext.Restore(outerContext);
        SynchronizationContext.SetSynchronizationContext(outerSynchronization);
    }

    private void Drain()
    {
        ExecutionContext.Restore(CleanContext);
        for (var turns = Host.Options.TurnsPerQuantum; turns > 0; turns--)
        {
            if (!TryTakeTurn(out var continuation, out var request))
                return;
            try
            {
                if (continuation is not null)
                    continuation.Run();
                else
                    request!.Begin();
            }
            catch (Exception error)
            {
                // Grain code fails in its tasks; what gets here is the host's own fault, and the queue must go on.
                Host.Log.TurnFailed(Name, error);
            }

            // Calls that set ambient values outside an async method would leak them into the next turn.
            ExecutionContext.Restore(CleanContext);
        }

        lock (Gate)
        {
            if (!HasWork())
            {
                _scheduled = false;
                return;
            }
        }

        Host.Executor.Schedule(this, again: true);
    }

    private bool HasWork() => !Killed && (_firstContinuation is not null || FindStartable() is not null || NextOfLifecyclePeek());

    private bool NextOfLifecyclePeek() => _running.Count == 0 && HasLifecycleWork(_waiting.Count);

    /// <summary>Whether <see cref="NextOfLifecycle"/> would give a request. Called under the lock.</summary>
    private protected virtual bool HasLifecycleWork(int waiting) => false;

    private bool TryTakeTurn(out Continuation? continuation, out Request? request)
    {
        lock (Gate)
        {
            continuation = null;
            request = null;
            if (!Killed)
            {
                // Continuations and new requests take turns, so that neither starves the other.
                if (!_continuationLast)
                    continuation = TakeContinuation();
                if (continuation is null)
                    request = TakeStartable();
                if (request is null)
                    continuation ??= TakeContinuation();
                _continuationLast = continuation is not null;
            }

            if (continuation is null && request is null)
                _scheduled = false;
            return _scheduled;
        }
    }

    private Continuation? TakeContinuation()
    {
        var first = _firstContinuation;
        if (first is null)
            return null;
        _firstContinuation = first.Next;
        if (_firstContinuation is null)
            _lastContinuation = null;
        first.Next = null;
        return first;
    }

    private Request? TakeStartable()
    {
        Request? request;
        if (_running.Count == 0 && NextOfLifecycle(_waiting.Count) is { } lifecycle)
            (request, lifecycle.Queue) = (lifecycle, this);
        else if ((request = FindStartable()) is not null)
            RemoveWaiting(request);
        else
            return null;
        request.Stage = RequestStage.Running;
        _running.Add(request);
        CountRunning(request, 1);
        return request;
    }

    /// <summary>Those that always interleave keep nobody waiting and are not counted.</summary>
    private void CountRunning(Request request, int change)
    {
        if (request.IsAlwaysInterleave)
            return;
        if (request.IsReadOnly)
            _readOnlyRunning += change;
        else
            _exclusiveRunning += change;
    }

    private Request? FindStartable()
    {
        var first = _waiting.First;
        if (first is null || MayBegin(first))
            return first;
        // As in Orleans a later request may overtake one that must wait; only these kinds ever may.
        if (_overtakers > 0)
        {
            for (var request = first.Next; request is not null; request = request.Next)
            {
                if (MayBegin(request))
                    return request;
            }
        }

        return null;
    }
}
