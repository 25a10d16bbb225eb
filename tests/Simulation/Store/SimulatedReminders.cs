using System.Globalization;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Simulation;

/// <summary>The reminder table, in the same database as the rest: down when that is down.</summary>
internal sealed class SimulatedReminders(StoreWeather weather) : IReminderTable
{
    private readonly List<ReminderEntry> _rows = [];
    private long _version;

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => InDatabase(() => At(grainId, reminderName) is var at and >= 0 ? _rows[at] : null);

    public Task<IReadOnlyList<ReminderEntry>> ReadRows(GrainId grainId) => InDatabase<IReadOnlyList<ReminderEntry>>(() => [.. _rows.Where(r => r.GrainId == grainId)]);

    public Task<IReadOnlyList<ReminderEntry>> ReadDue(DateTimeOffset until, int limit) =>
        InDatabase<IReadOnlyList<ReminderEntry>>(() => [.. _rows.Where(r => r.NextDue <= until).OrderBy(r => r.NextDue).Take(limit)]);

    public Task<string> UpsertRow(ReminderEntry entry) => InDatabase(() =>
    {
        var etag = (++_version).ToString(CultureInfo.InvariantCulture);
        var at = At(entry.GrainId, entry.ReminderName);
        if (at < 0) _rows.Add(entry with { ETag = etag });
        else _rows[at] = entry with { ETag = etag };
        return etag;
    });

    public Task<bool> AdvanceRow(GrainId grainId, string reminderName, string eTag, DateTimeOffset nextDue) => InDatabase(() =>
    {
        var at = At(grainId, reminderName);
        if (at < 0 || _rows[at].ETag != eTag) return false;
        _rows[at] = _rows[at] with { NextDue = nextDue };
        return true;
    });

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => InDatabase(() =>
    {
        var at = At(grainId, reminderName);
        if (at < 0 || _rows[at].ETag != eTag) return false;
        _rows.RemoveAt(at);
        return true;
    });

    private int At(GrainId grain, string name) => _rows.FindIndex(r => r.GrainId == grain && r.ReminderName == name);

    private Task<T> InDatabase<T>(Func<T> work) => weather.IsDown ? Task.FromException<T>(new StoreUnavailableException()) : Task.FromResult(work());
}
