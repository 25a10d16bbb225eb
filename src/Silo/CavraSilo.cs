using Cavra.Actors.Policy;
using Cavra.Actors.Silo.Lifetime;
using Cavra.Actors.Silo.Settings;
using Cavra.Actors.Silo.Subjects;
using Cavra.Actors.Storage;
using Cavra.Actors.Subjects;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Silo;

/// <summary>Puts a silo into a host: settings, database, grains, recovery. Start order: database, directory, grains, recovery; stop order the reverse.</summary>
public static class CavraSilo
{
    /// <summary>Adds the silo.</summary>
    /// <param name="services">The host's services; must hold a <see cref="TimeProvider"/>.</param>
    /// <param name="configuration">Settings, as <see cref="SettingTable"/> lists them.</param>
    /// <param name="dataDirectory">The installation's data directory.</param>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    /// <exception cref="PolicyDataException">The policy data cannot be used.</exception>
    public static IServiceCollection AddCavraSilo(this IServiceCollection services, IConfiguration configuration, string dataDirectory)
    {
        var settings = SiloSettings.Read(configuration);
        services.AddSingleton(settings);
        services.AddSingleton(settings.Sessions);
        services.AddSingleton(settings.Workers);
        services.AddSingleton(settings.FeatureFlags);
        services.AddSingleton(new SiloPlace(dataDirectory));
        services.AddSingleton(s => PolicyDataSource.Open(settings.PolicyData, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SiloStorage>();
        services.AddHostedService(s => s.GetRequiredService<SiloStorage>());
        services.AddSingleton<SubjectDirectory>();
        services.AddSingleton<ISubjectDirectory>(s => s.GetRequiredService<SubjectDirectory>());
        services.AddHostedService(s => s.GetRequiredService<SubjectDirectory>());
        services.AddStores();
        services.AddGrainRuntime();
        services.AddHostedService<RecoveryStarter>();
        return services;
    }

    private static void AddStores(this IServiceCollection services)
    {
        services.AddStore(s => s.Journal);
        services.AddStore(s => s.Recovery);
        services.AddStore(s => s.Approvals);
        services.AddStore(s => s.Workers);
        services.AddStore(s => s.Runbooks);
        services.AddStore(s => s.FeatureFlags);
        services.AddStore(s => s.Sessions);
        services.AddStore(s => s.ApprovalReader);
        services.AddStore(s => s.Audit);
        services.AddStore(s => s.Idempotency);
        services.AddStore(s => s.SessionIds);
    }

    // The storage disposes of what it made; the container must not.
    private static void AddStore<TStore>(this IServiceCollection services, Func<PostgresStorage, TStore> store)
        where TStore : class =>
        services.AddTransient(s => store(s.GetRequiredService<SiloStorage>().Storage));
}
