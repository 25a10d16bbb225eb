namespace Cavra.Actors.Embedded;

/// <summary>
/// The durable alarm clock. Keeps in memory what comes due soon, reads the rest from the table in time, fires by calling the grain, and
/// only then writes the next due time: a crash in between repeats a tick and never loses one. Its state is touched in its own turns only.
/// </summary>
internal sealed partial class ReminderService
{
    // Ticks under way at once: after a long stop thousands are due, and each activates a grain.
    private const int MostFiring = 256;

    private readonly EmbeddedGrainHost _host;
    private readonly IReminderTable? _table;
    private readonly LocalQueue _queue;
    private readonly ITimer _timer;

    internal ReminderService(EmbeddedGrainHost host, IReminderTable? table)
    {
        (_host, _table) = (host, table);
        _queue = new LocalQueue(host, "the reminder service", reentrant: true);
        _timer = Timers.Create(host.Time, static self => ((ReminderService)self!).Wake(), this);
    }

    private IReminderTable Table => _table ?? throw new ReminderException("No reminder table is registered with this host.");

    internal async Task StartAsync()
    {
        if (_table is not null)
            await _queue.Run("the start of reminders", PollAsync);
    }

    /// <summary>Fires no more; ticks under way end as calls do.</summary>
    internal Task StopAsync()
    {
        _timer.Dispose();
        return _queue.Run("the end of reminders", () =>
        {
            _stopped = true;
            return Task.CompletedTask;
        });
    }

    /// <summary>Completes when it has nothing under way.</summary>
    internal Task WhenQuiet() => _queue.WhenQuiet();

    internal void Abandon()
    {
        _timer.Dispose();
        _queue.Kill(new GrainHostUnavailableException("The grain host crashed."));
    }

    internal async Task<IGrainReminder> RegisterAsync(GrainId grain, string name, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        if (period < _host.Options.MinimumReminderPeriod)
            throw new ArgumentException(
                $"Cannot register reminder {name} as requested period ({period}) is less than minimum allowed reminder period ({_host.Options.MinimumReminderPeriod})", nameof(period));
        var due = _host.Time.GetUtcNow() + dueTime;
        var entry = new ReminderEntry(grain, name, due, period, due, "");
        entry = entry with { ETag = await Table.UpsertRow(entry) };
        await _queue.Run("a reminder's registration", () =>
        {
            Changed(entry.GrainId, name);
            Keep(entry);
            return Task.CompletedTask;
        });
        return new Registered(name, entry.ETag);
    }

    internal async Task UnregisterAsync(GrainId grain, IGrainReminder reminder)
    {
        if (reminder is not Registered registered)
            throw new ArgumentException("The reminder is not one of this host's.", nameof(reminder));
        if (!await Table.RemoveRow(grain, registered.ReminderName, registered.ETag))
            throw new ReminderException($"Could not unregister reminder {registered.ReminderName} of {grain}: it is gone or was set anew.");
        await _queue.Run("a reminder's end", () =>
        {
            Changed(grain, registered.ReminderName);
            _soon.Remove((grain, registered.ReminderName));
            return Task.CompletedTask;
        });
    }

    internal async Task<IGrainReminder?> FindAsync(GrainId grain, string name) =>
        await Table.ReadRow(grain, name) is { } row ? new Registered(name, row.ETag) : null;

    internal async Task<List<IGrainReminder>> AllAsync(GrainId grain) =>
        [.. (await Table.ReadRows(grain)).Select(row => new Registered(row.ReminderName, row.ETag))];

    private void Wake() => _ = _queue.Run("reminders that are due", () => _host.Time.GetUtcNow() >= _nextPoll ? PollAsync() : FireDueAsync());

    private sealed record Registered(string ReminderName, string ETag) : IGrainReminder;
}
