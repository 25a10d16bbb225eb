using Cavra.Actors.ApiHost.Health;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.Logging;
using Cavra.Actors.Identity;
using Cavra.Actors.Installation;
using Cavra.Actors.Operations;
using Cavra.Actors.Queries;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>A started API host: database and grains run, it listens, and <c>dev.json</c> says where.</summary>
internal sealed partial class RunningApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Stack<object> _owned;

    private RunningApi(WebApplication app, DevFile dev, ApiSettings settings, Stack<object> owned) => (_app, Dev, Settings, _owned) = (app, dev, settings, owned);

    /// <summary>Addresses and tokens.</summary>
    public DevFile Dev { get; }

    /// <summary>The settings in force.</summary>
    public ApiSettings Settings { get; }

    /// <summary>The API's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a host; ready when it returns.</summary>
    /// <param name="settings">Read from <paramref name="configuration"/>.</param>
    /// <param name="clock">Another clock than the system's, for tests.</param>
    public static async Task<RunningApi> Start(ApiSettings settings, IConfiguration configuration, TimeProvider? clock = null)
    {
        settings.Data.Create();
        PrivateFile.CreateFolder(settings.Data.Logs);
        // Disposed of in the reverse order.
        var owned = new Stack<object>();
        try
        {
            var loggers = Own(owned, LogFiles.Open(settings.Data, configuration));
            var time = clock ?? (settings.ClockOffset == TimeSpan.Zero ? TimeProvider.System : new OffsetTimeProvider(settings.ClockOffset));
            var issuer = settings.IsDevelopment ? Own(owned, DevelopmentIssuer.LoadOrCreate(settings.Data)) : null;
            var authority = Own(owned, WorkerAuthority.LoadOrCreate(settings.Data, TimeProvider.System));
            DevelopmentFiles.WriteWorkers(settings, authority, TimeProvider.System);
            var runtime = Own(owned, await Runtime.Start(settings, configuration, time, loggers));
            var app = Own(owned, HostBuilding.Build(settings, configuration, authority, time, loggers, services => Share(services, runtime)));
            await app.Services.GetRequiredService<KeyRing>().Load(CancellationToken.None);
            await app.StartAsync();
            var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
            var (api, agent) = (addresses.First(a => a.StartsWith("http:", StringComparison.Ordinal)), addresses.First(a => a.StartsWith("https:", StringComparison.Ordinal)));
            var dev = DevelopmentFiles.Write(settings, api, agent, runtime.Database, issuer, time);
            Started(loggers.CreateLogger<RunningApi>(), api, agent, settings.Data.Root);
            return new RunningApi(app, dev, settings, owned);
        }
        catch
        {
            await DisposeAll(owned);
            throw;
        }
    }

    /// <summary>Completes when the host was asked to stop and has.</summary>
    public Task Ended() => _app.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A client must not find a host that has gone.
        File.Delete(Settings.Data.DevFile);
        await _app.StopAsync();
        await DisposeAll(_owned);
    }

    private static void Share(IServiceCollection services, Runtime runtime)
    {
        runtime.Share(services);
        services.AddSingleton(s => new ReadinessProbe("database", cancellation => s.GetRequiredService<ISessionReader>().LiveSession(new TenantId("readiness"), "none", cancellation)));
        services.AddSingleton(s => new ReadinessProbe("runtime", _ => s.GetRequiredService<IGrainFactory>().GetGrain<IFeatureFlags>("all").IsEnabled(FeatureFlagNames.WorkerOrchestration, new TenantId("readiness"))));
    }

    private static T Own<T>(Stack<object> owned, T made)
        where T : class
    {
        owned.Push(made);
        return made;
    }

    private static async Task DisposeAll(Stack<object> owned)
    {
        while (owned.TryPop(out var made))
        {
            if (made is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else ((IDisposable)made).Dispose();
        }
    }
}
