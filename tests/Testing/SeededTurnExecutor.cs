using Cavra.Actors.Embedded;

namespace Cavra.Actors.Testing;

/// <summary>
/// Runs a whole grain host on the calling thread, in an order drawn from a seed, under a virtual clock: same seed, same run. Code under
/// <see cref="Run"/> awaits as usual; when nothing can run the clock moves to the next timer. Code that leaves its context
/// (<c>ConfigureAwait(false)</c>, <c>Task.Run</c>, real I/O) leaves the order too, and shows as "nothing can run": stop a host before disposing its
/// container, which awaits that way.
/// </summary>
public sealed class SeededTurnExecutor(int seed, ManualTimeProvider time) : SynchronizationContext, ITurnExecutor
{
    private readonly Random _random = new(seed);
    private readonly List<Action> _ready = [];
    private readonly Lock _gate = new();

    /// <summary>How many pieces of work have run.</summary>
    public long Steps { get; private set; }

    public void Schedule(IThreadPoolWorkItem queue, bool again) => Add(queue.Execute);

    public override void Post(SendOrPostCallback d, object? state) => Add(() => d(state));

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs <paramref name="main"/> to its end and gives its result. Fails when nothing can run any more, or after <paramref name="mostSteps"/>.</summary>
    public T Run<T>(Func<Task<T>> main, long mostSteps = 10_000_000)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            var task = main();
            var last = Steps + mostSteps;
            while (!task.IsCompleted)
            {
                if (Steps >= last)
                    throw new InvalidOperationException($"No end after {mostSteps} steps.");
                if (!Step() && !time.FireNext())
                    throw new InvalidOperationException("Nothing can run and no timer is set: the code waits for something that never comes.");
            }

#pragma warning disable VSTHRD002 // It has completed.
            return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>Runs <paramref name="main"/> to its end.</summary>
    public void Run(Func<Task> main, long mostSteps = 10_000_000) => Run(async () =>
    {
        await main();
        return true;
    }, mostSteps);

    /// <summary>Runs one piece of work; false when there is none.</summary>
    public bool Step()
    {
        Action work;
        lock (_gate)
        {
            if (_ready.Count == 0)
                return false;
            var index = _random.Next(_ready.Count);
            work = _ready[index];
            _ready.RemoveAt(index);
        }

        Steps++;
        work();
        SetSynchronizationContext(this);
        return true;
    }

    private void Add(Action work)
    {
        lock (_gate)
            _ready.Add(work);
    }
}
