namespace Cavra.Actors.ApiHost.Agents;

internal sealed partial class AgentLink
{
    [LoggerMessage(5301, LogLevel.Warning, "Worker {WorkerId} sent a frame that was refused: {Reason}")]
    private partial void Refused(string workerId, string reason);

    [LoggerMessage(5302, LogLevel.Error, "Worker {WorkerId}: frames of session {SessionId} could not be reported")]
    private partial void ReportFailed(Exception e, string workerId, long sessionId);

    [LoggerMessage(5303, LogLevel.Warning, "Worker {WorkerId}: session {SessionId} cannot be reached, frames wait: {Reason}")]
    private partial void Retrying(string workerId, long sessionId, string reason);
}
