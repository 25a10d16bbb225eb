namespace Cavra.Actors.ApiHost.Executions.Events;

internal sealed partial class SessionFeeds
{
    [LoggerMessage(5201, LogLevel.Warning, "Session {SessionId}: the feed could not be compared with the table: {Reason}")]
    private partial void CheckFailed(long sessionId, string reason);

    [LoggerMessage(5202, LogLevel.Warning, "Session {SessionId}: the feed's subscription could not be ended: {Reason}")]
    private partial void LeaveFailed(long sessionId, string reason);
}
