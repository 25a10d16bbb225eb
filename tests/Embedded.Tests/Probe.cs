using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Cavra.Actors.Embedded.Tests;

/// <summary>Where grains under test leave their marks, and the gates at which they wait.</summary>
internal sealed class Probe
{
    private readonly ConcurrentQueue<string> _marks = new();

    public ConcurrentDictionary<string, Gate> Gates { get; } = new();

    public string[] Marks => [.. _marks];

    public void Mark(string mark) => _marks.Enqueue(mark);

    public Gate Gate(string name) => Gates.GetOrAdd(name, _ => new Gate());
}

/// <summary>Code waits here until the test opens it; the test waits until code has come.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _arrivals = Channel.CreateUnbounded<bool>();

    public void Open() => _open.TrySetResult();

    public Task Pass()
    {
        _arrivals.Writer.TryWrite(true);
        return _open.Task;
    }

    /// <summary>One more has come.</summary>
    public Task Arrived() => _arrivals.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}
