using System.Net;
using System.Security.Cryptography.X509Certificates;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Installation;
using Cavra.Actors.Silo.Settings;
using Cavra.Actors.Subjects;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>Puts the host together: settings, keys, listeners, pipeline.</summary>
internal static class HostBuilding
{
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(30);

    /// <summary>The configuration: <c>--config FILE</c>, then the environment (prefix <c>CAVRA_</c>), then what a test adds.</summary>
    /// <exception cref="SettingException">The file does not exist or is not JSON, or an argument is unknown.</exception>
    public static IConfiguration Configure(string[] arguments, IEnumerable<KeyValuePair<string, string?>>? more)
    {
        var configuration = new ConfigurationBuilder();
        if (arguments is ["--config", var file])
        {
            if (!File.Exists(file)) throw new SettingException("--config", $"names {file}, which does not exist");
            configuration.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
        }
        else if (arguments.Length > 0)
        {
            throw new SettingException(arguments[0], "is not understood; the API host takes --config FILE and settings from the environment (CAVRA_...)");
        }

        return configuration.AddEnvironmentVariables("CAVRA_").AddInMemoryCollection(more ?? []).Build();
    }

    /// <summary>The application, not started.</summary>
    public static WebApplication Build(ApiSettings settings, IConfiguration configuration, WorkerAuthority authority, TimeProvider time, ILoggerFactory loggers, Action<IServiceCollection> share)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(configuration);
        builder.Services.AddSingleton(loggers);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings, authority));
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = StopBound);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(time);
        AddIdentity(builder.Services, settings);
        builder.Services.AddRoutes();
        share(builder.Services);
        var app = builder.Build();
        app.UseMiddleware<ProblemEdge>();
        app.UseWebSockets();
        app.UseRouting();
        app.UseMiddleware<Gate>();
        RouteMap.Map(app);
        return app;
    }

    private static void AddIdentity(IServiceCollection services, ApiSettings settings)
    {
        services.AddSingleton(s => new KeyRing(settings.Jwks ?? settings.Data.Jwks, new HttpClient(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<KeyRing>>()));
        services.AddSingleton(s => new TokenReader(s.GetRequiredService<KeyRing>(), settings.Issuer, settings.Audience, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new RequestBudgets(s.GetRequiredService<TimeProvider>(), settings.RateLimit, settings.RateBurst));
        services.AddSingleton(s => new Authenticator(
            s.GetRequiredService<TokenReader>(), s.GetRequiredService<RequestBudgets>(), s.GetRequiredService<ISubjectDirectory>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<Authenticator>>()));
    }

    private static void Listen(KestrelServerOptions kestrel, ApiSettings settings, WorkerAuthority authority)
    {
        kestrel.AddServerHeader = false;
        // The bodies' own limit answers first (RequestBody); this is the second wall.
        kestrel.Limits.MaxRequestBodySize = 2 * RequestBody.Limit;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 20_000;
        kestrel.Listen(IPAddress.Loopback, settings.ApiPort, listen => listen.Protocols = HttpProtocols.Http1);
        var issued = authority.IssueServer([Environment.MachineName], DateTimeOffset.UtcNow);
        using var pem = X509Certificate2.CreateFromPem(issued.CertificatePem, issued.KeyPem);
        var server = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
        var root = X509Certificate2.CreateFromPem(authority.CertificatePem);
        kestrel.Listen(IPAddress.Loopback, settings.AgentPort, listen => AgentPort.Configure(listen, server, root));
        if (settings.MetricsAddress is { } metrics) kestrel.Listen(metrics, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
