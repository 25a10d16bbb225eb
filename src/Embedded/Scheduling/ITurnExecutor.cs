namespace Cavra.Actors.Embedded;

/// <summary>
/// Decides when and where turns run. The host hands over a queue that has work; the executor calls
/// <see cref="IThreadPoolWorkItem.Execute"/> on it once, never twice at the same time, and the queue runs a bounded number of turns.
/// A simulator replaces it to run the whole host on one thread in an order drawn from a seed.
/// </summary>
public interface ITurnExecutor
{
    /// <summary>Takes a queue that has work. Must not run it before returning.</summary>
    /// <param name="queue">The queue of one activation, observer or subscriber.</param>
    /// <param name="again">True when the queue has just used up its quantum and should let others go first.</param>
    void Schedule(IThreadPoolWorkItem queue, bool again);
}

/// <summary>
/// The default: turns run on the thread pool, near their cause when they are new, behind the others when they come again. A thread runs its own newest work
/// first, so under steady load what lies at the bottom would never run: now and then a turn goes to the queue that all threads share, and the bottom is reached.
/// </summary>
internal sealed class ThreadPoolTurnExecutor : ITurnExecutor
{
    private const int NearInARow = 16;

    [ThreadStatic]
    private static int _near;

    public void Schedule(IThreadPoolWorkItem queue, bool again)
    {
        var near = !again && ++_near < NearInARow;
        if (!near) _near = 0;
        ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: near);
    }
}
