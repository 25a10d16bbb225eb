using System.Diagnostics;

namespace Cavra.Actors.Embedded;

internal enum RequestStage : byte
{
    Waiting,
    Running,
    Done,
}

/// <summary>
/// One piece of work for a queue, from its arrival to its end: a call, a timer tick, an activation. It is also the task scheduler of its
/// own code, so that each continuation comes back to the right queue and is known to belong to this request, without any ambient state
/// that flows. As under Orleans, grain code has no synchronization context.
/// </summary>
internal abstract class Request : TaskScheduler
{
    private Task? _task;

    /// <summary>Neighbours in the queue's list of waiting, later of running, requests.</summary>
    internal Request? Next, Previous;

    /// <summary>Where it waits and runs.</summary>
    internal TurnQueue? Queue;

    /// <summary>The request that made this call; cut when this one ends, so that chains hold only what still runs.</summary>
    internal Request? Caller;

    internal Dictionary<string, object>? Context;

    internal Activity? Activity;

    /// <summary>When it was sent, as <see cref="TimeProvider.GetTimestamp"/>; 0 for work that has no call timeout.</summary>
    internal long SentAt;

    internal RequestStage Stage;

    internal bool TimedOut;

    /// <summary>The request whose code runs on this thread; null outside the host's turns.</summary>
    internal static new Request? Current => TaskScheduler.Current as Request;

    /// <summary>How often it went on from an ending activation to its successor.</summary>
    internal int Forwards;

    internal virtual CallFlags Flags => CallFlags.None;

    internal bool IsAlwaysInterleave => Flags.HasFlag(CallFlags.AlwaysInterleave);

    internal bool IsReadOnly => Flags.HasFlag(CallFlags.ReadOnly);

    /// <summary>Whether it is meant for the grain, not for this one activation of it.</summary>
    internal virtual bool MayForward => false;

    /// <summary>The host's own work: not bounded by the mailbox, no deadline, may run while the host drains.</summary>
    internal virtual bool IsInternal => true;

    /// <summary>Whether running it shows that the activation is in use.</summary>
    internal virtual bool CountsAsUse => true;

    /// <summary>What is called, for messages: <c>IThing.Do(key)</c>.</summary>
    internal abstract string Describe();

    /// <summary>Ends the request without, or before, its own result. May come from any thread and after the end.</summary>
    internal abstract void Fail(Exception error);

    /// <summary>The work. Runs as a turn.</summary>
    protected abstract Task Invoke();

    /// <summary>Hands the outcome to whoever waits.</summary>
    protected abstract void Settle(Task outcome);

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>The first turn. The caller restores the thread's contexts.</summary>
    // Starting a task is the one way to become the current scheduler; QueueTask runs it on the spot.
    internal void Begin() => new Task(static self => ((Request)self!).Run(), this).Start(this);

    /// <summary>A later turn.</summary>
    internal void Continue(Task task) => TryExecuteTask(task);

    private void Run()
    {
        if (Context is not null)
            RequestContext.Restore(Context);
        if (Activity is not null)
            System.Diagnostics.Activity.Current = Activity;
        Task task;
        try
        {
            task = Invoke() ?? throw new InvalidOperationException($"{Describe()} returned null instead of a task.");
        }
        catch (Exception error)
        {
            task = Task.FromException(error);
        }

        if (task.IsCompleted)
        {
            End(task);
            return;
        }

        // The awaiter captures this scheduler: the end is a turn of this queue, inline when the last turn ends there.
        _task = task;
        task.GetAwaiter().UnsafeOnCompleted(EndPending);
    }

    private void EndPending() => End(_task!);

    // Promises complete here, in a task of this scheduler. Therefore continuations of others never run inside this turn: those of grains go
    // to their queues, those of callers outside to the pool or their context. RunContinuationsAsynchronously would do the same but lead
    // Task.WhenAll over the pool, also under an executor that has none.
    private void End(Task outcome)
    {
        Queue!.Completed(this);
        Caller = null;
        _task = null;
        Settle(outcome);
    }

    protected override void QueueTask(Task task)
    {
        if (ReferenceEquals(task.AsyncState, this))
            TryExecuteTask(task);
        else
            Queue!.Post(new Continuation(this, task));
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(Current, this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}

/// <summary>Work of the host itself, given as a delegate; used for observers, subscribers and reminders.</summary>
internal sealed class InternalWork(string what, Func<Task> work) : Request
{
    private readonly TaskCompletionSource _done = new();

    internal Task Done => _done.Task;

    internal override string Describe() => what;

    internal override void Fail(Exception error) => _done.TrySetException(error);

    protected override Task Invoke() => work();

    protected override void Settle(Task outcome) => _done.TrySetFromTask(outcome);
}
