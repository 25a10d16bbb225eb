namespace Cavra.Actors.Embedded;

internal sealed partial class ReminderService
{
    // How soon the table is read again after a full batch or a failure.
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(GrainId Grain, string Name), ReminderEntry> _soon = [];
    private readonly PriorityQueue<ReminderEntry, DateTimeOffset> _order = new();
    private readonly HashSet<(GrainId Grain, string Name)> _changedWhileReading = [];
    private DateTimeOffset _nextPoll;
    private int _firing;
    private bool _reading;
    private bool _stopped;

    private async Task PollAsync()
    {
        if (_reading || _stopped)
            return;
        _reading = true;
        _changedWhileReading.Clear();
        var now = _host.Time.GetUtcNow();
        var wait = _host.Options.ReminderPollInterval;
        try
        {
            var rows = await _table!.ReadDue(Horizon, _host.Options.ReminderBatch);
            // A full batch may have left some that are due as well.
            if (rows.Count == _host.Options.ReminderBatch && wait > SoonAgain)
                wait = SoonAgain;
            foreach (var row in rows)
            {
                var key = (row.GrainId, row.ReminderName);
                if (_changedWhileReading.Contains(key) || (_soon.TryGetValue(key, out var known) && known.ETag == row.ETag))
                    continue;
                if (_host.Hosts(row.GrainId))
                    Keep(row);
                else
                    _host.Log.ReminderWithoutClass(row.GrainId.ToString(), row.ReminderName);
            }
        }
        catch (Exception error)
        {
            _host.Log.ReminderTableFailed(error);
            if (wait > SoonAgain)
                wait = SoonAgain;
        }

        _reading = false;
        _nextPoll = now + wait;
        await FireDueAsync();
    }

    private void Changed(GrainId grain, string name)
    {
        if (_reading)
            _changedWhileReading.Add((grain, name));
    }

    /// <summary>Remembers a reminder that comes due before the table is read again.</summary>
    private void Keep(ReminderEntry entry)
    {
        var key = (entry.GrainId, entry.ReminderName);
        if (entry.NextDue > Horizon)
        {
            _soon.Remove(key);
            return;
        }

        _soon[key] = entry;
        _order.Enqueue(entry, entry.NextDue);
        Arm();
    }

    private DateTimeOffset Horizon => _host.Time.GetUtcNow() + (2 * _host.Options.ReminderPollInterval);

    private Task FireDueAsync()
    {
        var now = _host.Time.GetUtcNow();
        while (!_stopped && _firing < MostFiring && _order.TryPeek(out var entry, out var due) && due <= now)
        {
            _order.Dequeue();
            // Only the entry that is still the current one counts; those set anew or removed lie in the queue until here.
            if (!_soon.TryGetValue((entry.GrainId, entry.ReminderName), out var current) || !ReferenceEquals(current, entry))
                continue;
            _firing++;
            _ = _queue.Run($"reminder {entry.ReminderName} of {entry.GrainId}", () => FireAsync(entry));
        }

        Arm();
        return Task.CompletedTask;
    }

    private async Task FireAsync(ReminderEntry entry)
    {
        var now = _host.Time.GetUtcNow();
        try
        {
            await _host.GetGrain<IRemindable>(entry.GrainId)
                .ReceiveReminder(entry.ReminderName, new TickStatus(entry.StartAt.UtcDateTime, entry.Period, now.UtcDateTime));
        }
        catch (Exception error)
        {
            _host.Log.ReminderFailed(entry.GrainId.ToString(), entry.ReminderName, error);
        }

        _firing--;
        await AdvanceAsync(entry);
        await FireDueAsync();
    }

    private async Task AdvanceAsync(ReminderEntry entry)
    {
        var key = (entry.GrainId, entry.ReminderName);
        if (_stopped || !_soon.TryGetValue(key, out var current) || !ReferenceEquals(current, entry))
            return;
        // However many ticks were missed, one was fired, and the next keeps the beat of the first.
        var periods = ((_host.Time.GetUtcNow() - entry.StartAt).Ticks / entry.Period.Ticks) + 1;
        var next = entry with { NextDue = entry.StartAt + (periods * entry.Period) };
        try
        {
            if (!await _table!.AdvanceRow(entry.GrainId, entry.ReminderName, entry.ETag, next.NextDue))
            {
                if (_soon.TryGetValue(key, out current) && ReferenceEquals(current, entry))
                    _soon.Remove(key);
                return;
            }
        }
        catch (Exception error)
        {
            // The row still says the tick is due; this process knows better, the next one repeats it.
            _host.Log.ReminderTableFailed(error);
        }

        if (_soon.TryGetValue(key, out current) && ReferenceEquals(current, entry))
            Keep(next);
    }

    private void Arm()
    {
        if (_stopped)
            return;
        var now = _host.Time.GetUtcNow();
        var next = _nextPoll;
        if (_firing < MostFiring && _order.TryPeek(out _, out var due) && due < next)
            next = due;
        var wait = next > now ? next - now : TimeSpan.Zero;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
