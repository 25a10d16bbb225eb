namespace Cavra.Actors.Sessions;

internal sealed partial class ExecutionSession
{
    private const string WakeReminder = "wake";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ReminderTolerance = TimeSpan.FromSeconds(5);

    private IGrainTimer? _timer;
    private DateTimeOffset _timerDue = DateTimeOffset.MaxValue;
    private DateTimeOffset _lastCommitAt;
    private DateTimeOffset _graceUntil;
    private IGrainReminder? _reminder;
    private DateTimeOffset _reminderDue;

    /// <summary>Not before this is the reminder written again: a table that cannot be reached is not asked in a loop.</summary>
    private DateTimeOffset _reminderTryAt;

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (!await Refresh()) return;
        await LookAtTheClock();
        if (_session is not { Ended: false }) await DropReminder();
    }

    /// <summary>The timer's tick: a hint to compare now with the deadlines in the state.</summary>
    private async Task Tick()
    {
        _timerDue = DateTimeOffset.MaxValue;
        if (!await Refresh())
        {
            Arm();
            return;
        }

        if (_workerNews is not null) await TakeWorkerNews();
        await LookAtTheClock();
    }

    private async Task LookAtTheClock()
    {
        if (_session is { Ended: false } session && DueAt(session) <= time.GetUtcNow())
        {
            var acked = _acked is { } ack && ack.Fence == session.Placement.Fence ? ack.At : (DateTimeOffset?)null;
            if (SessionMachine.Decide(session, new SessionInput.TimePassed(acked), Now("system")) is Decision.Accepted { Events.Count: > 0 } passed)
                await Commit(passed.Session, passed.Events, new());
        }

        await Reconcile();
        await KeepReminder();
    }

    /// <summary>When time may next change something. What a worker has to meet is put off after a restart or an outage, when nobody could have met it.</summary>
    private DateTimeOffset? DueAt(Session session)
    {
        if (SessionMachine.NextDeadline(session) is not { } deadline) return null;
        var at = deadline.At;
        if (_acked is { } ack && ack.Fence == session.Placement.Fence && session.Placement.Kind == PlacementKind.Offered) at = ack.At + options.PreflightTimeout;
        if (deadline.OfWorker) return at > _graceUntil ? at : _graceUntil;
        return at <= time.GetUtcNow() && deadline.Later is { } later ? later : at;
    }

    private void GiveGrace() => _graceUntil = time.GetUtcNow() + options.RestartGrace;

    private void ArmAtOnce() => Set(time.GetUtcNow());

    /// <summary>Sets the timer to the earliest of: a deadline, another try of what failed, the moment from which a wait gets a durable reminder.</summary>
    private void Arm()
    {
        if (_session is not { Ended: false } session)
        {
            if (_suspect || _retry) Set(time.GetUtcNow() + options.EffectRetry);
            else if (_reminder is not null) ArmAtOnce();
            else Disarm();
            return;
        }

        var now = time.GetUtcNow();
        if (_suspect)
        {
            // The store is read again first; no deadline of a state that may be old makes that more urgent.
            if (now + options.EffectRetry < _timerDue) Set(now + options.EffectRetry);
            return;
        }

        var due = _retry || _workerNews is not null ? now + options.EffectRetry : DateTimeOffset.MaxValue;

        // The dispatcher's queue is in its memory only: who waits asks again now and then.
        if (session.Placement.Kind == PlacementKind.Seeking && _askAgainAt > now && _askAgainAt < due) due = _askAgainAt;
        if (DueAt(session) is { } deadline)
        {
            // One that has passed and changed nothing (a task that has not expired yet) is looked at again, not at once.
            if (deadline <= now) deadline = now + options.EffectRetry;
            if (deadline < due) due = deadline;
            var reminder = _lastCommitAt + options.ReminderAfter;
            if (reminder < _reminderTryAt) reminder = _reminderTryAt;
            if (reminder < due && !HasReminder(deadline)) due = reminder;
        }

        if (due < _timerDue) Set(due);
    }

    private void Set(DateTimeOffset due)
    {
        var wait = due - time.GetUtcNow();
        if (wait < TimeSpan.FromMilliseconds(1)) wait = TimeSpan.FromMilliseconds(1);
        _timerDue = due;
        if (_timer is null) _timer = this.RegisterGrainTimer(static (self, _) => self.Tick(), this, new GrainTimerCreationOptions(wait, Timeout.InfiniteTimeSpan));
        else _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Disarm()
    {
        _timer?.Dispose();
        _timer = null;
        _timerDue = DateTimeOffset.MaxValue;
    }

    private bool HasReminder(DateTimeOffset deadline) => _reminder is not null && (_reminderDue - deadline).Duration() <= ReminderTolerance;

    /// <summary>
    /// Only a wait that lasts gets a durable reminder (docs/adr/0003): a session of milliseconds never writes one. A late or lost write does no harm,
    /// the recovery sweep finds sessions that slept past their deadline.
    /// </summary>
    private async Task KeepReminder()
    {
        if (_session is not { Ended: false } session)
        {
            await DropReminder();
            return;
        }

        if (DueAt(session) is not { } deadline || HasReminder(deadline) || time.GetUtcNow() < _lastCommitAt + options.ReminderAfter || time.GetUtcNow() < _reminderTryAt) return;
        _reminderTryAt = time.GetUtcNow() + options.EffectRetry;
        await Attempt(async () =>
        {
            var wait = deadline - time.GetUtcNow();
            _reminder = await this.RegisterOrUpdateReminder(WakeReminder, wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1), ReminderPeriod);
            _reminderDue = deadline;
        });
        Arm();
    }

    private async Task DropReminder()
    {
        // Forgotten first: one that is gone already, or was set anew, is looked up by the next try.
        var known = _reminder;
        _reminder = null;
        var dropped = await Attempt(async () =>
        {
            if ((known ?? await this.GetReminder(WakeReminder)) is { } reminder) await this.UnregisterReminder(reminder);
        });
        if (!dropped) Arm();
    }
}
