using Cavra.Actors.ApiHost.Health;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>Every group of routes, one line each.</summary>
internal static class RouteMap
{
    /// <summary>Maps them all.</summary>
    public static void Map(WebApplication app)
    {
        var services = app.Services;
        services.GetRequiredService<HealthRoutes>().Map(app);
    }
}
