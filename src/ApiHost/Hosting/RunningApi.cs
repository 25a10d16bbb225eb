using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Installation;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>A started API host: it listens, and <c>dev.json</c> says where.</summary>
internal sealed class RunningApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IDisposable[] _keys;

    private RunningApi(WebApplication app, DevFile dev, ApiSettings settings, params IDisposable[] keys) => (_app, Dev, Settings, _keys) = (app, dev, settings, keys);

    /// <summary>Addresses and tokens.</summary>
    public DevFile Dev { get; }

    /// <summary>The settings in force.</summary>
    public ApiSettings Settings { get; }

    /// <summary>The host's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a host; ready when it returns.</summary>
    /// <param name="settings">Read from <paramref name="configuration"/>.</param>
    /// <param name="adjust">Last word on the services.</param>
    public static async Task<RunningApi> Start(ApiSettings settings, IConfiguration configuration, Action<IServiceCollection>? adjust = null)
    {
        settings.Data.Create();
        PrivateFile.CreateFolder(settings.Data.Logs);
        var issuer = settings.IsDevelopment ? DevelopmentIssuer.LoadOrCreate(settings.Data) : null;
        var authority = WorkerAuthority.LoadOrCreate(settings.Data, TimeProvider.System);
        DevelopmentFiles.WriteWorkers(settings, authority, TimeProvider.System);
        var app = HostBuilding.Build(settings, configuration, issuer, authority, adjust);
        try
        {
            await app.Services.GetRequiredService<KeyRing>().Load(CancellationToken.None);
            await app.StartAsync();
            var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
            var dev = DevelopmentFiles.Write(
                settings, addresses.First(a => a.StartsWith("http:", StringComparison.Ordinal)), addresses.First(a => a.StartsWith("https:", StringComparison.Ordinal)),
                Runtime.Database(app.Services), issuer, app.Services.GetRequiredService<TimeProvider>());
            return new RunningApi(app, dev, settings, authority);
        }
        catch
        {
            await app.DisposeAsync();
            authority.Dispose();
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
        await _app.DisposeAsync();
        foreach (var key in _keys) key.Dispose();
    }
}
