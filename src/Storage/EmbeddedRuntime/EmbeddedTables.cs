namespace Cavra.Actors.Storage.EmbeddedRuntime;

/// <summary>The tables that the embedded runtime keeps in the installation's database.</summary>
public static class EmbeddedTables
{
    /// <summary>Durable reminders.</summary>
    public static IReminderTable Reminders(this PostgresStorage storage) => new ReminderTable(storage.Database);

    /// <summary>Grain state.</summary>
    public static IGrainStorage GrainStorage(this PostgresStorage storage) => new GrainStateTable(storage.Database);
}
