namespace Cavra.Actors.ApiHost.Hosting;

internal sealed partial class RunningApi
{
    [LoggerMessage(5000, LogLevel.Information, "The API listens on {Api}, the agent port on {Agent}; data in {DataDirectory}")]
    private static partial void Started(ILogger logger, string api, string agent, string dataDirectory);
}
