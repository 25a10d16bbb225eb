using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Cavra.Actors.Embedded;

/// <summary>Adds the embedded host to an application.</summary>
public static class EmbeddedGrainServices
{
    /// <summary>
    /// Registers <see cref="EmbeddedGrainHost"/>, also as <see cref="IGrainFactory"/> and <see cref="IClusterClient"/>, and starts and stops it
    /// with the application. Taken from the container when registered: <see cref="TimeProvider"/>, <see cref="ITurnExecutor"/>,
    /// <see cref="IReminderTable"/>, keyed <see cref="IGrainStorage"/>, every <see cref="IIncomingGrainCallFilter"/>.
    /// </summary>
    public static IServiceCollection AddEmbeddedGrains(this IServiceCollection services, Action<EmbeddedGrainOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new EmbeddedGrainOptions();
        configure(options);
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(new ServiceLifetimes(services));
        services.AddSingleton<EmbeddedGrainHost>();
        services.AddSingleton<IClusterClient>(static s => s.GetRequiredService<EmbeddedGrainHost>());
        services.AddSingleton<IGrainFactory>(static s => s.GetRequiredService<EmbeddedGrainHost>());
        services.AddHostedService<EmbeddedGrainHostedService>();
        foreach (var name in options.StreamProviders)
            services.AddKeyedSingleton<IStreamProvider>(name, (s, _) => s.GetRequiredService<EmbeddedGrainHost>().Streams.Provider(name));
        return services;
    }
}

internal sealed class EmbeddedGrainHostedService(EmbeddedGrainHost host) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => host.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => host.StopAsync(cancellationToken);
}
