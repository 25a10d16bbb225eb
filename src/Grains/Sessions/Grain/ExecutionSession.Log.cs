using Cavra.Actors.Identity;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Sessions;

internal sealed partial class ExecutionSession
{
    [LoggerMessage(2001, LogLevel.Warning, "session {Session}: the store cannot be read; asked again soon")]
    private partial void LogLoadFailed(Exception e, SessionId session);

    [LoggerMessage(2002, LogLevel.Warning, "session {Session}: another activation wrote after event {Seq}; this one goes")]
    private partial void LogConflict(SessionId session, long seq);

    [LoggerMessage(2003, LogLevel.Warning, "session {Session}: the append after event {Seq} is not known to be durable; the store is read anew")]
    private partial void LogUnavailable(SessionId session, long seq);

    [LoggerMessage(2004, LogLevel.Debug, "session {Session}: the stream took no news")]
    private partial void LogPublishFailed(Exception e, SessionId session);

    [LoggerMessage(2005, LogLevel.Warning, "session {Session}: the audit cannot be written; the action is refused")]
    private partial void LogAuditFailed(Exception e, SessionId session);

    [LoggerMessage(2006, LogLevel.Warning, "session {Session}: an effect failed and is tried again")]
    private partial void LogEffectFailed(Exception e, SessionId session);

    [LoggerMessage(2007, LogLevel.Warning, "session {Session}: an effect is put off: {Why}")]
    private partial void LogEffectPutOff(SessionId session, string why);
}
