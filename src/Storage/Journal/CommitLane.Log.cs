using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage.Journal;

internal static partial class CommitLaneLog
{
    [LoggerMessage(3200, LogLevel.Warning, "Append connection {Lane} is lost, trying again: {Reason}")]
    internal static partial void Lost(this ILogger logger, int lane, string reason);

    [LoggerMessage(3201, LogLevel.Information, "Append connection {Lane} works again")]
    internal static partial void Recovered(this ILogger logger, int lane);

    [LoggerMessage(3202, LogLevel.Error, "The database refuses the commit of session {SessionId} after {Seq}: {SqlState} {Reason}")]
    internal static partial void Refused(this ILogger logger, long sessionId, long seq, string sqlState, string reason);

    [LoggerMessage(3203, LogLevel.Critical, "Append connection {Lane} met an error of its own")]
    internal static partial void Broken(this ILogger logger, int lane, Exception error);
}
