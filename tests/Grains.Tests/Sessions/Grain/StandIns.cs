using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>What the grains around a session do and have seen, for tests of the session's shell alone.</summary>
internal sealed class Surroundings
{
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly Channel<string> _news = System.Threading.Channels.Channel.CreateUnbounded<string>();

    /// <summary>The worker that is offered; null queues.</summary>
    public WorkerId? Offered { get; set; } = SessionGiven.WorkerA;
    public bool ChannelOpen { get; set; } = true;
    public bool TasksDown { get; set; }
    public ConcurrentQueue<SessionFrame> Sent { get; } = new();
    public Channel<SessionFrame> Down { get; } = System.Threading.Channels.Channel.CreateUnbounded<SessionFrame>();
    public IReadOnlyCollection<string> Calls => _calls;
    public ConcurrentDictionary<string, ApprovalTaskView> Tasks { get; } = new();

    public void Note(string call)
    {
        _calls.Enqueue(call);
        _news.Writer.TryWrite(call);
    }

    /// <summary>Completes when the call was made; calls without an answer come when they come.</summary>
    public async Task Called(string call)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!_calls.Contains(call)) await _news.Reader.ReadAsync(patience.Token);
    }

    public async Task<T> Next<T>()
        where T : SessionFrame
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
            if (await Down.Reader.ReadAsync(patience.Token) is T wanted) return wanted;
    }
}

internal sealed class DispatchStandIn(Surroundings world) : Grain, IDispatch
{
    public Task<DispatchReply> Request(DispatchRequest request)
    {
        world.Note($"request {request.Assignment}");
        return Task.FromResult(new DispatchReply(world.Offered, TransportChannel.Websocket, world.Offered is null ? 1 : 0));
    }

    public Task Withdraw(SessionId session)
    {
        world.Note($"withdraw {session}");
        return Task.CompletedTask;
    }

    public Task<DispatchExplanation> Explain(DispatchRequest request) =>
        Task.FromResult(new DispatchExplanation(1, [new(SessionGiven.WorkerA, WorkerState.Offline, false, "offline", null)]));

    public Task WorkerChanged(WorkerId worker) => Task.CompletedTask;

    public Task WorkerUpdated(WorkerView worker) => Task.CompletedTask;

    public Task WorkerLoad(WorkerId worker, int currentLoad) => Task.CompletedTask;
}

internal sealed class WorkerStandIn(Surroundings world) : Grain, IAgentWorker
{
    public Task<bool> Deliver(SessionFrame frame)
    {
        if (!world.ChannelOpen) return Task.FromResult(false);
        world.Sent.Enqueue(frame);
        world.Down.Writer.TryWrite(frame);
        return Task.FromResult(true);
    }

    public Task Release(AssignmentId assignment)
    {
        world.Note($"release {assignment}");
        return Task.CompletedTask;
    }

    public Task MarkRunning(AssignmentId assignment, bool running) => Task.CompletedTask;

    public Task GiveBack(AssignmentId assignment) => Task.CompletedTask;

    public Task<WorkerReply> Register(AgentRegistration registration) => throw new NotSupportedException();

    public Task<HeartbeatReply> Heartbeat(AgentHeartbeat heartbeat) => throw new NotSupportedException();

    public Task<WorkerReply> OpenChannel(string channelId, IAgentChannel channel, TransportChannel transport) => throw new NotSupportedException();

    public Task<bool> ChannelAlive(string channelId, int roundTripMs) => throw new NotSupportedException();

    public Task CloseChannel(string channelId, string reason) => throw new NotSupportedException();

    public Task<ReserveReply> Reserve(Reservation reservation) => throw new NotSupportedException();

    public Task<WorkerView?> View() => throw new NotSupportedException();

    public Task<WorkerReply> Drain(Actor actor, string reason) => throw new NotSupportedException();

    public Task<WorkerReply> Undrain(Actor actor, string reason) => throw new NotSupportedException();

    public Task<WorkerReply> Unregister() => throw new NotSupportedException();
}

/// <summary>A task that any one vote decides.</summary>
internal sealed class ApprovalStandIn(Surroundings world, TimeProvider time) : Grain, IApprovalTask
{
    public Task<ApprovalTaskView> Open(ApprovalRequest request)
    {
        if (world.TasksDown) throw new Queries.StoreUnavailableException();
        world.Note($"open {request.ApprovalId}");
        return Task.FromResult(world.Tasks.GetOrAdd(request.ApprovalId.Value, _ => new() { Request = request, State = ApprovalState.Notified }));
    }

    public Task<ApprovalReply> Vote(ApprovalBallot ballot)
    {
        var task = world.Tasks[this.GetPrimaryKeyString()];
        if (ballot.Actor.Subject == task.Request.RequestedBy) return Task.FromResult(new ApprovalReply(task, Wire.Refusal.Of("self_approval", "not yours")));
        var vote = new ApprovalVote(ballot.Actor.Subject, "approver", ballot.Approved, ballot.Notes, time.GetUtcNow()) { Held = ballot.Actor.Roles };
        task = world.Tasks[this.GetPrimaryKeyString()] =
            task with { State = ballot.Approved ? ApprovalState.Approved : ApprovalState.Rejected, Votes = task.Votes.Add(vote), ResolvedAt = time.GetUtcNow() };
        return Task.FromResult(new ApprovalReply(task));
    }

    public Task<ApprovalTaskView?> Void(string reason)
    {
        world.Note($"void {this.GetPrimaryKeyString()}");
        return Task.FromResult(world.Tasks.GetValueOrDefault(this.GetPrimaryKeyString()));
    }

    public Task<ApprovalTaskView?> View() => Task.FromResult(world.Tasks.GetValueOrDefault(this.GetPrimaryKeyString()));
}
