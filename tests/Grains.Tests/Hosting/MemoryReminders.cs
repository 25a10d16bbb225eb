using System.Collections.Concurrent;
using System.Globalization;

namespace Cavra.Actors.Grains.Hosting;

/// <summary>A reminder table in memory that outlives hosts.</summary>
internal sealed class MemoryReminders : IReminderTable
{
    private readonly ConcurrentDictionary<(GrainId, string), ReminderEntry> _rows = new();
    private long _version;

    public int Count => _rows.Count;

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => Task.FromResult(_rows.GetValueOrDefault((grainId, reminderName)));

    public Task<IReadOnlyList<ReminderEntry>> ReadRows(GrainId grainId) =>
        Task.FromResult<IReadOnlyList<ReminderEntry>>([.. _rows.Values.Where(r => r.GrainId == grainId)]);

    public Task<IReadOnlyList<ReminderEntry>> ReadDue(DateTimeOffset until, int limit) =>
        Task.FromResult<IReadOnlyList<ReminderEntry>>([.. _rows.Values.Where(r => r.NextDue <= until).OrderBy(r => r.NextDue).Take(limit)]);

    public Task<string> UpsertRow(ReminderEntry entry)
    {
        var etag = Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture);
        _rows[(entry.GrainId, entry.ReminderName)] = entry with { ETag = etag };
        return Task.FromResult(etag);
    }

    public Task<bool> AdvanceRow(GrainId grainId, string reminderName, string eTag, DateTimeOffset nextDue) => Task.FromResult(
        _rows.TryGetValue((grainId, reminderName), out var row) && row.ETag == eTag && _rows.TryUpdate((grainId, reminderName), row with { NextDue = nextDue }, row));

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => Task.FromResult(
        _rows.TryGetValue((grainId, reminderName), out var row) && row.ETag == eTag && _rows.TryRemove((grainId, reminderName), out _));
}
