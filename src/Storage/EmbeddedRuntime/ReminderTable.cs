using System.Globalization;
using Cavra.Actors.Storage.Connections;
using Npgsql;

namespace Cavra.Actors.Storage.EmbeddedRuntime;

/// <summary>The embedded runtime's durable reminders.</summary>
internal sealed class ReminderTable(DatabaseReads database) : IReminderTable
{
    private const string Select = "SELECT grain_type, grain_key, name, start_at, period, next_due, version FROM reminders";
    private const string OfGrain = "grain_type = $1 AND grain_key = $2";

    private const string Upsert = """
        INSERT INTO reminders AS r (grain_type, grain_key, name, start_at, period, next_due, version) VALUES ($1, $2, $3, $4, $5, $6, 1)
        ON CONFLICT (grain_type, grain_key, name) DO UPDATE SET
            start_at = excluded.start_at, period = excluded.period, next_due = excluded.next_due, version = r.version + 1
        RETURNING version
        """;

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
        => (await database.AsSystemAsync(
            DatabaseReads.Sql($"{Select} WHERE {OfGrain} AND name = $3", grainId.Type.ToString(), grainId.Key.ToString(), reminderName), ReadAsync)).SingleOrDefault();

    public async Task<IReadOnlyList<ReminderEntry>> ReadRows(GrainId grainId)
        => await database.AsSystemAsync(
            DatabaseReads.Sql($"{Select} WHERE {OfGrain} ORDER BY name", grainId.Type.ToString(), grainId.Key.ToString()), ReadAsync);

    public async Task<IReadOnlyList<ReminderEntry>> ReadDue(DateTimeOffset until, int limit)
        => await database.AsSystemAsync(
            DatabaseReads.Sql($"{Select} WHERE next_due <= $1 ORDER BY next_due LIMIT $2", until.UtcDateTime, limit), ReadAsync);

    public async Task<string> UpsertRow(ReminderEntry entry)
    {
        var command = DatabaseReads.Sql(
            Upsert, entry.GrainId.Type.ToString(), entry.GrainId.Key.ToString(), entry.ReminderName, entry.StartAt.UtcDateTime, entry.Period,
            entry.NextDue.UtcDateTime);
        var version = await database.AsSystemAsync(command, async (reader, token) =>
        {
            await reader.ReadAsync(token);
            return reader.GetInt64(0);
        });
        return version.ToString(CultureInfo.InvariantCulture);
    }

    public Task<bool> AdvanceRow(GrainId grainId, string reminderName, string eTag, DateTimeOffset nextDue)
        => ChangeAsync($"UPDATE reminders SET next_due = $5 WHERE {OfGrain} AND name = $3 AND version = $4", grainId, reminderName, eTag, nextDue.UtcDateTime);

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
        => ChangeAsync($"DELETE FROM reminders WHERE {OfGrain} AND name = $3 AND version = $4", grainId, reminderName, eTag);

    private async Task<bool> ChangeAsync(string statement, GrainId grainId, string reminderName, string eTag, params object?[] more)
    {
        if (!long.TryParse(eTag, CultureInfo.InvariantCulture, out var version)) return false;
        var command = DatabaseReads.Sql(statement, [grainId.Type.ToString(), grainId.Key.ToString(), reminderName, version, .. more]);
        return await database.WriteAsync(CancellationToken.None, command) > 0;
    }

    private static async Task<List<ReminderEntry>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var entries = new List<ReminderEntry>();
        while (await reader.ReadAsync(cancellationToken))
            entries.Add(new(
                GrainId.Create(reader.GetString(0), reader.GetString(1)), reader.GetString(2), new(reader.GetDateTime(3)), reader.GetTimeSpan(4),
                new(reader.GetDateTime(5)), reader.GetInt64(6).ToString(CultureInfo.InvariantCulture)));
        return entries;
    }
}
