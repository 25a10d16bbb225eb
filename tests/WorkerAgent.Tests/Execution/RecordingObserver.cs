using System.Collections.Concurrent;
using Cavra.Actors.WorkerAgent.Execution;

namespace Cavra.Actors.WorkerAgent.Tests.Execution;

/// <summary>Keeps what a step sends; can hold its start or its output back.</summary>
internal sealed class RecordingObserver : IStepObserver
{
    private readonly ConcurrentQueue<OutputChunk> _chunks = new();

    internal Func<Task> OnStarting { get; init; } = () => Task.CompletedTask;

    internal Func<OutputChunk, CancellationToken, ValueTask> OnOutput { get; init; } = (_, _) => ValueTask.CompletedTask;

    internal TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal IReadOnlyList<OutputChunk> Chunks => [.. _chunks];

    internal string Text(string type) => string.Concat(_chunks.Where(chunk => chunk.Type == type).Select(chunk => chunk.Data));

    public async Task Starting()
    {
        await OnStarting();
        Started.TrySetResult();
    }

    public async ValueTask Output(OutputChunk chunk, CancellationToken stop)
    {
        _chunks.Enqueue(chunk);
        await OnOutput(chunk, stop);
    }
}
