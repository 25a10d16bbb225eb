using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Grains.Hosting;

/// <summary>What the session grains of a test host were told, in order.</summary>
internal sealed class SessionCalls
{
    public ConcurrentQueue<string> All { get; } = new();

    /// <summary>Completes a waiting test when something was told.</summary>
    public SemaphoreSlim Told { get; } = new(0);

    private readonly ConcurrentDictionary<long, SemaphoreSlim> _nudges = new();

    /// <summary>Counts a session's nudges.</summary>
    public SemaphoreSlim Nudges(long session) => _nudges.GetOrAdd(session, static _ => new SemaphoreSlim(0));

    public async Task<string> Next()
    {
        (await Told.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue("a session is told something");
        return All.TryDequeue(out var call) ? call : throw new InvalidOperationException("told, but nothing is there");
    }

    public void Add(string call)
    {
        All.Enqueue(call);
        Told.Release();
    }
}

/// <summary>A session that only writes down what it is told.</summary>
internal sealed class RecordingSessionGrain(SessionCalls calls) : Grain, IExecutionSession
{
    public Task Nudge()
    {
        calls.Add($"{this.GetPrimaryKeyLong()} nudge");
        calls.Nudges(this.GetPrimaryKeyLong()).Release();
        return Task.CompletedTask;
    }

    public Task WorkerChanged(WorkerId worker, AssignmentId assignment, bool lost)
    {
        calls.Add($"{this.GetPrimaryKeyLong()} {(lost ? "lost" : "back")} {assignment}");
        return Task.CompletedTask;
    }

    public Task<SessionReply> Execute(SessionCommand command) => throw new NotSupportedException();

    public Task<ImmutableArray<FrameReceipt>> Report(WorkerId worker, ImmutableArray<SessionFrame> frames) => throw new NotSupportedException();

    public Task<SessionView?> View() => Task.FromResult<SessionView?>(null);

    public Task<SessionView?> AwaitEnd(TimeSpan wait) => View();

    public Task<WhyView?> Why() => throw new NotSupportedException();
}
