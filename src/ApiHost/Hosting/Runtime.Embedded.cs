namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>Where the host meets its grain runtime: here the silo runs inside this process.</summary>
internal static class Runtime
{
    /// <summary>The connection string for <c>dev.json</c>.</summary>
    public static string Database(IServiceProvider services) => "";
}
