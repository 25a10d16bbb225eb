using System.Collections.Immutable;

namespace Cavra.Actors.Workers;

/// <summary>
/// Deadlines: one grain timer set to the earliest. Paths that run thousands of times a second only compare with the time that it is set to. A durable
/// reminder stands in while sessions are held, so that they fail over even when this process is lost.
/// </summary>
internal sealed partial class AgentWorkerGrain
{
    private const string ReminderName = "worker";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private IGrainTimer? _timer;
    private DateTimeOffset? _armedFor;
    private bool _reminderSet;
    private bool _reminderBusy;

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        _reminderSet = true;
        Now();
        KeepReminder();
        return Task.CompletedTask;
    }

    /// <summary>The time; what is due by now happened.</summary>
    private DateTimeOffset Now()
    {
        var now = time.GetUtcNow();
        if (_armedFor <= now) OnDue(now);
        return now;
    }

    private Task OnTimer()
    {
        OnDue(time.GetUtcNow());
        return Task.CompletedTask;
    }

    private void OnDue(DateTimeOffset now)
    {
        _armedFor = null;
        Observe(new WorkerCommand.Tick(now));
        ArmNext();
    }

    private void ArmNext()
    {
        _armedFor = null;
        if (WorkerMachine.Due(_status, timing) is { } due) ArmBy(due);
    }

    private void ArmFor(ImmutableArray<WorkerEvent> events)
    {
        foreach (var e in events)
        {
            if (e is not (WorkerEvent.PlaceReleased or WorkerEvent.PlaceUsed or WorkerEvent.PlaceTaken or WorkerEvent.RunningChanged or WorkerEvent.HeartbeatTaken))
            {
                if (WorkerMachine.Due(_status, timing) is { } due) ArmBy(due);
                return;
            }
        }
    }

    private void ArmBy(DateTimeOffset due)
    {
        if (_armedFor <= due) return;
        _armedFor = due;
        var wait = due - time.GetUtcNow();
        _timer!.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets or ends the reminder in the background; called at heartbeats and by itself, never for every session.</summary>
    private void KeepReminder()
    {
        if (_reminderBusy || _reminderSet == (_status.Held.Count > 0)) return;
        _reminderBusy = true;
        _ = ChangeReminder(set: _status.Held.Count > 0);
    }

    private async Task ChangeReminder(bool set)
    {
        try
        {
            if (set) await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
            else if (await this.GetReminder(ReminderName) is { } reminder) await this.UnregisterReminder(reminder);
            _reminderSet = set;
        }
        catch (Exception e)
        {
            LogReminderFailed(e, _id);
        }
        finally
        {
            _reminderBusy = false;
        }
    }
}
