using Cavra.Actors.Queries;
using Cavra.Actors.Silo;
using Cavra.Actors.Silo.Lifetime;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>
/// Where the host meets its grain runtime: here the silo runs inside this process, as a host of its own that starts before the API listens and stops after it.
/// </summary>
internal sealed class Runtime : IAsyncDisposable
{
    private readonly IHost _silo;

    private Runtime(IHost silo) => _silo = silo;

    /// <summary>The connection string for <c>dev.json</c>.</summary>
    public string Database => _silo.Services.GetRequiredService<SiloStorage>().ConnectionString;

    /// <summary>Starts database and grains.</summary>
    public static async Task<Runtime> Start(ApiSettings settings, IConfiguration configuration, TimeProvider time, ILoggerFactory loggers)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(time);
        // The API's host hears the signals and stops this one.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));
        if (settings.IsDevelopment) builder.Services.AddSingleton(DevelopmentFiles.Subjects);
        builder.Services.AddCavraSilo(configuration, settings.Data.Root);
        var silo = builder.Build();
        try
        {
            await silo.StartAsync();
            return new Runtime(silo);
        }
        catch
        {
            await Stop(silo);
            throw;
        }
    }

    /// <summary>Hands the silo's services to the API.</summary>
    public void Share(IServiceCollection services)
    {
        services.AddSingleton(_silo.Services.GetRequiredService<IGrainFactory>());
        services.AddSingleton(_silo.Services.GetRequiredService<IClusterClient>());
        services.AddSingleton(_silo.Services.GetRequiredService<ISubjectDirectory>());
        services.AddSingleton(_silo.Services.GetRequiredService<ISessionReader>());
        services.AddSingleton(_silo.Services.GetRequiredService<ISessionIds>());
        services.AddSingleton(_silo.Services.GetRequiredService<IApprovalReader>());
        services.AddSingleton(_silo.Services.GetRequiredService<IIdempotencyStore>());
        services.AddSingleton(_silo.Services.GetRequiredService<IAuditLog>());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Stop(_silo);

    private static async Task Stop(IHost silo)
    {
        await silo.StopAsync();
        if (silo is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else silo.Dispose();
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
