namespace Cavra.Actors.ApiHost.Agents;

internal sealed partial class InProcessEngine
{
    [LoggerMessage(5311, LogLevel.Information, "The engine inside the host runs; sandbox profiles: {Profiles}")]
    private partial void Started(string profiles);

    [LoggerMessage(5312, LogLevel.Warning, "The engine inside the host does not run: {Reason}")]
    private partial void NotStarted(string reason);
}
