using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Approvals;

/// <summary>
/// The shell around <see cref="ApprovalMachine"/>: decide, store row with audit and outbox in one transaction, apply, answer, then nudge the session.
/// Not reentrant: of two votes that race, the second is judged by what the first left (hazard A08).
/// </summary>
internal sealed partial class ApprovalTaskGrain(IApprovalStore store, IAuditLog audit, TimeProvider time, ILogger<ApprovalTaskGrain> log)
    : Grain, IApprovalTask, IRemindable
{
    private const string ReminderName = "sla";

    /// <summary>A task that is still open after this gets a durable reminder; most are decided sooner, and recovery wakes open ones after a start.</summary>
    private static readonly TimeSpan ReminderAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private ApprovalTaskView? _task;
    private ApprovalId _id;
    private IGrainTimer? _timer;
    private bool _reminded;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = new ApprovalId(this.GetPrimaryKeyString());
        _timer = this.RegisterGrainTimer(
            static (self, _) => self.OnTimer(), this, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        _task = await store.Load(_id);
        Arm();
    }

    public async Task<ApprovalTaskView> Open(ApprovalRequest request)
    {
        var refusal = await Carry(now => new ApprovalCommand.Open(request, now), Actor.System(request.Tenant), null);
        return refusal is null ? _task! : throw new StoreUnavailableException(refusal.Detail);
    }

    public async Task<ApprovalReply> Vote(ApprovalBallot ballot)
    {
        var refusal = await Carry(now => new ApprovalCommand.Vote(ballot, now), ballot.Actor, ballot.TraceId);
        if (refusal is not null && refusal.Code != Unavailable)
        {
            var row = new AuditEntry(time.GetUtcNow(), ballot.Actor.Subject, ballot.Actor.Tenant, "approval.vote", _id.Value, refusal.Code, ballot.Actor.Ip, ballot.TraceId);
            await audit.Write(row, CancellationToken.None);
        }

        return new(_task, refusal);
    }

    public async Task<ApprovalTaskView?> Void(string reason)
    {
        if (_task is null) return null;
        var refusal = await Carry(now => new ApprovalCommand.Void(reason, now), Actor.System(_task.Request.Tenant), null);
        return refusal is null ? _task : throw new StoreUnavailableException(refusal.Detail);
    }

    public Task<ApprovalTaskView?> View() => Task.FromResult(_task);

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        _reminded = true;
        await OnTimer();
    }

    private const string Unavailable = "unavailable";

    private async Task<Refusal?> Carry(Func<DateTimeOffset, ApprovalCommand> command, Actor actor, string? traceId)
    {
        var now = time.GetUtcNow();
        var decision = ApprovalMachine.Decide(_task, command(now));
        if (decision.Events.IsEmpty) return decision.Refusal;
        var next = ApprovalMachine.Apply(_task, decision.Events)! with { Version = (_task?.Version ?? 0) + 1 };
        var expired = decision.Events is [ApprovalEvent.Expired { Reason: ApprovalMachine.Sla }];
        var rows = ApprovalProjection.Audit(next, decision.Events, expired ? Actor.System(next.Request.Tenant).Subject : actor.Subject, traceId, now);
        var outcome = await store.Save(next, rows, ApprovalProjection.Outbox(next, decision.Events));
        if (outcome != AppendOutcome.Committed)
        {
            // What the row says now is not known here: the next activation reads it.
            LogSaveFailed(_id, outcome);
            DeactivateOnIdle();
            return Refusal.Of(Unavailable, "The approval could not be stored. Try again.");
        }

        _task = next;
        Arm();
        if (!ApprovalMachine.IsOpen(_task)) _ = Nudge(_task.Request.Session);
        return decision.Refusal;
    }

    private async Task OnTimer()
    {
        if (_task is not null)
        {
            await Carry(now => new ApprovalCommand.Tick(now), Actor.System(_task.Request.Tenant), null);
            if (_task is not null && ApprovalMachine.IsOpen(_task) && !_reminded) await SetReminder();
        }

        if (!ApprovalMachine.IsOpen(_task)) await EndReminder();
        else Arm();
    }

    private void Arm()
    {
        if (!ApprovalMachine.IsOpen(_task))
        {
            // With a reminder set, one more turn ends it.
            _timer!.Change(_reminded ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var wait = _task!.Request.ExpiresAt - time.GetUtcNow();
        if (!_reminded && wait > ReminderAfter) wait = ReminderAfter;
        _timer!.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task SetReminder()
    {
        _reminded = true;
        try
        {
            var due = _task!.Request.ExpiresAt - time.GetUtcNow();
            await this.RegisterOrUpdateReminder(ReminderName, due > TimeSpan.Zero ? due : TimeSpan.Zero, ReminderPeriod);
        }
        catch (Exception e)
        {
            LogReminderFailed(e, _id);
        }
    }

    private async Task EndReminder()
    {
        if (!_reminded) return;
        try
        {
            if (await this.GetReminder(ReminderName) is { } reminder) await this.UnregisterReminder(reminder);
            _reminded = false;
        }
        catch (Exception e)
        {
            LogReminderFailed(e, _id);
        }
    }

    private async Task Nudge(SessionId session)
    {
        try
        {
            await GrainFactory.GetGrain<IExecutionSession>(session.Value).Nudge();
        }
        catch (Exception e)
        {
            LogNudgeFailed(e, _id);
        }
    }

    [LoggerMessage(2201, LogLevel.Warning, "approval {ApprovalId}: storing it ended as {Outcome}")]
    private partial void LogSaveFailed(ApprovalId approvalId, AppendOutcome outcome);

    [LoggerMessage(2202, LogLevel.Warning, "approval {ApprovalId}: its reminder was not changed")]
    private partial void LogReminderFailed(Exception error, ApprovalId approvalId);

    [LoggerMessage(2203, LogLevel.Debug, "approval {ApprovalId}: its session could not be told")]
    private partial void LogNudgeFailed(Exception error, ApprovalId approvalId);
}
