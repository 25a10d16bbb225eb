namespace Cavra.Actors.Embedded;

/// <summary>One reminder as it is stored. <c>(GrainId, ReminderName)</c> is its key.</summary>
/// <param name="GrainId">Whose it is.</param>
/// <param name="ReminderName">Its name within the grain.</param>
/// <param name="StartAt">When the first tick was or is due.</param>
/// <param name="Period">The time between ticks.</param>
/// <param name="NextDue">When the next tick is due; the table is read in this order.</param>
/// <param name="ETag">Changes with every <see cref="IReminderTable.UpsertRow"/>; ignored when given to it.</param>
public sealed record ReminderEntry(GrainId GrainId, string ReminderName, DateTimeOffset StartAt, TimeSpan Period, DateTimeOffset NextDue, string ETag);

/// <summary>
/// Where reminders are kept. One process uses a table at a time. Register it as a singleton; without one, registering a reminder fails.
/// Errors of the store are thrown; the host tries again.
/// </summary>
public interface IReminderTable
{
    /// <summary>One row, or null.</summary>
    Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName);

    /// <summary>The rows of a grain.</summary>
    Task<IReadOnlyList<ReminderEntry>> ReadRows(GrainId grainId);

    /// <summary>The rows whose <see cref="ReminderEntry.NextDue"/> is not after <paramref name="until"/>, the earliest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<ReminderEntry>> ReadDue(DateTimeOffset until, int limit);

    /// <summary>Inserts or replaces the row whatever was there, and answers its new etag.</summary>
    Task<string> UpsertRow(ReminderEntry entry);

    /// <summary>Sets <see cref="ReminderEntry.NextDue"/> after a tick and leaves the etag; false, with nothing changed, when the row is gone or its etag is another.</summary>
    Task<bool> AdvanceRow(GrainId grainId, string reminderName, string eTag, DateTimeOffset nextDue);

    /// <summary>Removes the row; false, with nothing changed, when it is gone or its etag is another.</summary>
    Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag);
}
