using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers.Channel;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Workers;

/// <summary>
/// The shell around <see cref="WorkerMachine"/>. Reentrant: places and frames never wait for the store; decisions (registration, drain, leaving) are
/// stored first, one at a time. What is observed (silence, faults) is true at once and stored after.
/// </summary>
[Reentrant]
internal sealed partial class AgentWorkerGrain(IWorkerStore store, TimeProvider time, WorkerTiming timing, ILogger<AgentWorkerGrain> log)
    : Grain, IAgentWorker, IRemindable, IDisposable
{
    private WorkerStatus _status = WorkerStatus.None;
    private WorkerId _id;
    private IAgentChannel? _channel;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = new WorkerId(this.GetPrimaryKeyString());
        _timer = this.RegisterGrainTimer(
            static (self, _) => self.OnTimer(), this, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true });
        if (await store.Load(_id) is not { } record) return;
        var open = await store.OpenAssignments(_id);
        _version = record.Version;
        _status = WorkerProjection.Restore(record, open, timing, time.GetUtcNow());
        ArmNext();
        Report();
    }

    public async Task<WorkerReply> Register(AgentRegistration registration)
    {
        var refusal = await Carry(now => new WorkerCommand.Register(registration, now), Actor.Worker(_id, AuditTenant(registration)), "worker.register");
        if (refusal is { Code: "worker_mismatch" }) LogOtherCertificate(_id);
        return Reply(refusal);
    }

    public Task<HeartbeatReply> Heartbeat(AgentHeartbeat heartbeat)
    {
        var decision = Observe(new WorkerCommand.Heartbeat(heartbeat, Now()));
        if (!decision.Accepted) return Task.FromResult(new HeartbeatReply(null, []));
        if (++_heartbeats % HeartbeatsPerReport == 0) Report();
        KeepReminder();
        var revoked = ImmutableArray<AssignmentId>.Empty;
        foreach (var held in heartbeat.Sessions)
        {
            if (!_status.Held.ContainsKey(held.AssignmentId)) revoked = revoked.Add(held.AssignmentId);
        }

        return Task.FromResult(new HeartbeatReply(_status.State, revoked));
    }

    public Task<WorkerReply> OpenChannel(string channelId, IAgentChannel channel, TransportChannel transport)
    {
        var command = new WorkerCommand.OpenChannel(channelId, transport, Now());
        var earlier = _channel;
        _channel = channel;
        var decision = Observe(command);
        if (!decision.Accepted) _channel = earlier;
        else if (earlier is not null && decision.Events.Length > 0) _ = Quietly(earlier.Close("replaced by a later channel"));
        return Task.FromResult(Reply(decision.Refusal));
    }

    public Task<bool> ChannelAlive(string channelId, int roundTripMs)
    {
        var before = _status.Channel?.RoundTripMs;
        Observe(new WorkerCommand.ChannelAlive(channelId, roundTripMs, Now()));
        if (_status.Channel?.RoundTripMs is { } after && (before is not { } known || Math.Abs(after - known) >= Math.Max(50, known / 2))) Report();
        return Task.FromResult(_status.Channel?.ChannelId == channelId);
    }

    public Task CloseChannel(string channelId, string reason)
    {
        if (_status.Channel?.ChannelId == channelId) LogChannelClosed(_id, reason, _status.Held.Count);
        Observe(new WorkerCommand.CloseChannel(channelId, Now()));
        return Task.CompletedTask;
    }

    public Task<ReserveReply> Reserve(Reservation reservation)
    {
        var now = Now();
        var decision = _leaving
            ? WorkerDecision.Refused("offline", "the worker leaves")
            : Observe(new WorkerCommand.Reserve(reservation, now));
        if (decision.Refusal is { } refusal)
        {
            Await(reservation.DispatchKey);
            return Task.FromResult(new ReserveReply(false, default, _status.Held.Count, refusal.Code));
        }

        ArmBy(now + timing.ReservationTimeout);
        return Task.FromResult(new ReserveReply(true, _status.Channel?.Transport ?? default, _status.Held.Count, null));
    }

    public Task Release(AssignmentId assignment)
    {
        Observe(new WorkerCommand.Release(assignment, OnlyUnused: false, Now()));
        return Task.CompletedTask;
    }

    public Task GiveBack(AssignmentId assignment)
    {
        Observe(new WorkerCommand.Release(assignment, OnlyUnused: true, Now()));
        return Task.CompletedTask;
    }

    public Task MarkRunning(AssignmentId assignment, bool running)
    {
        Observe(new WorkerCommand.MarkRunning(assignment, running, Now()));
        return Task.CompletedTask;
    }

    public Task<bool> Deliver(SessionFrame frame)
    {
        var ends = frame is CancelFrame;
        var decision = Observe(new WorkerCommand.Use(frame.SessionId, frame.AssignmentId, ends, Now()));
        if (_channel is not null && decision.Accepted)
        {
            Send(_channel, frame);
            return Task.FromResult(true);
        }

        // Whoever comes after the others were told is told at once.
        if (!ends && (!decision.Accepted || _status.Silent || _status.SessionsToldLost)) Tell(frame.SessionId, frame.AssignmentId, lost: true);
        return Task.FromResult(false);
    }

    public Task<WorkerView?> View()
    {
        Now();
        return Task.FromResult(WorkerProjection.View(_id, _status, timing));
    }

    public async Task<WorkerReply> Drain(Actor actor, string reason)
    {
        var own = actor.Subject == Actor.Worker(_id, actor.Tenant).Subject;
        return Reply(await Carry(now => new WorkerCommand.Drain(own ? WorkerMachine.OwnDrain : reason, now), actor, "worker.drain", reason));
    }

    public async Task<WorkerReply> Undrain(Actor actor, string reason) =>
        Reply(await Carry(now => new WorkerCommand.Undrain(now), actor, "worker.undrain", reason));

    public async Task<WorkerReply> Unregister() =>
        Reply(await Carry(now => new WorkerCommand.Unregister(now), Actor.Worker(_id, AuditTenant(_status.Registration)), "worker.unregister"));

    public void Dispose() => _writing.Dispose();

    private WorkerReply Reply(Refusal? refusal) => new(WorkerProjection.View(_id, _status, timing), refusal);
}
