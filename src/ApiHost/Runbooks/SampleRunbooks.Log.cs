namespace Cavra.Actors.ApiHost.Runbooks;

internal sealed partial class SampleRunbooks
{
    [LoggerMessage(5401, LogLevel.Warning, "Sample runbook {RunbookId} was not stored: {Reason}")]
    private partial void Refused(string runbookId, string reason);
}
