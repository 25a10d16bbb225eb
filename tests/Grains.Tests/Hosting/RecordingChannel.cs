using System.Collections.Concurrent;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Grains.Hosting;

/// <summary>A channel that keeps what is sent down it.</summary>
internal sealed class RecordingChannel : IAgentChannel
{
    public ConcurrentQueue<SessionFrame> Sent { get; } = new();

    public TaskCompletionSource<string> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SemaphoreSlim Arrived { get; } = new(0);

    public Task Send(SessionFrame frame)
    {
        Sent.Enqueue(frame);
        Arrived.Release();
        return Task.CompletedTask;
    }

    public Task Close(string reason)
    {
        Closed.TrySetResult(reason);
        return Task.CompletedTask;
    }
}
