namespace Cavra.Actors.Embedded;

internal abstract partial class TurnQueue
{
    /// <summary>Runs a quantum of turns. Only the executor calls this.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        var outer = SynchronizationContext.Current;
        // One task per quantum makes this queue the current TaskScheduler of everything that runs in it.
        new Task(static self => ((TurnQueue)self!).Drain(), this).Start(this);
        SynchronizationContext.SetSynchronizationContext(outer);
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
                {
                    SynchronizationContext.SetSynchronizationContext(continuation.Request);
                    continuation.Run();
                }
                else
                {
                    request!.Begin();
                }
            }
            catch (Exception error)
            {
                // Only code that nobody awaits (async void, a raw Post) gets here.
                Host.Log.TurnFailed(Name, error);
            }

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

    protected override void QueueTask(Task task)
    {
        if (ReferenceEquals(task.AsyncState, this))
        {
            TryExecuteTask(task);
            return;
        }

        var owner = Request.Current is { } current && current.Queue == this ? current : Background();
        Post(new Continuation(owner, static state => { var (queue, task) = ((TurnQueue, Task))state!; queue.TryExecuteTask(task); }, (this, task)));
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Request.Current?.Queue == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    /// <summary>The owner of tasks that somebody outside gave to this scheduler.</summary>
    private InternalWork Background() => _background ??= new InternalWork("a task", static () => Task.CompletedTask) { Queue = this };
}
