using Cavra.Actors.Journal;
using Cavra.Actors.Operations;
using Cavra.Actors.Silo.Lifetime;
using Cavra.Actors.Storage.EmbeddedRuntime;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Silo;

/// <summary>The grain runtime of this build: the embedded host, in this process.</summary>
internal static class Runtime
{
    internal static IServiceCollection AddGrainRuntime(this IServiceCollection services)
    {
        services.AddSingleton<IReminderTable>(s => new OpenedReminderTable(s.GetRequiredService<SiloStorage>()));
        return services.AddEmbeddedGrains(options =>
        {
            options.AddGrains(typeof(FeatureFlagDefaults).Assembly);
            options.StreamProviders.Add(SessionEvents.StreamProvider);
        });
    }

    // The host asks for its table when it is made, before the database is open.
    private sealed class OpenedReminderTable(SiloStorage storage) : IReminderTable
    {
        private readonly Lazy<IReminderTable> _table = new(() => storage.Storage.Reminders());

        private IReminderTable Table => _table.Value;

        public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => Table.ReadRow(grainId, reminderName);

        public Task<IReadOnlyList<ReminderEntry>> ReadRows(GrainId grainId) => Table.ReadRows(grainId);

        public Task<IReadOnlyList<ReminderEntry>> ReadDue(DateTimeOffset until, int limit) => Table.ReadDue(until, limit);

        public Task<string> UpsertRow(ReminderEntry entry) => Table.UpsertRow(entry);

        public Task<bool> AdvanceRow(GrainId grainId, string reminderName, string eTag, DateTimeOffset nextDue) => Table.AdvanceRow(grainId, reminderName, eTag, nextDue);

        public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => Table.RemoveRow(grainId, reminderName, eTag);
    }
}
