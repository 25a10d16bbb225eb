namespace Cavra.Actors.ApiHost.Http;

internal sealed partial class ProblemEdge
{
    [LoggerMessage(5001, LogLevel.Error, "{Method} {Path} failed, trace {TraceId}")]
    private partial void Failed(Exception e, string method, PathString path, string traceId);

    [LoggerMessage(5002, LogLevel.Warning, "{Method} {Path} was answered 503: {Error} {Reason}")]
    private partial void Unavailable(string method, PathString path, string error, string reason);
}
