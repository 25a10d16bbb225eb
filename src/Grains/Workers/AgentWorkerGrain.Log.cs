using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Workers;

internal sealed partial class AgentWorkerGrain
{
    [LoggerMessage(2001, LogLevel.Warning, "worker {WorkerId}: a registration with another certificate was refused")]
    private partial void LogOtherCertificate(WorkerId workerId);

    [LoggerMessage(2002, LogLevel.Information, "worker {WorkerId}: its channel closed ({Reason}) while it held {Sessions} session(s)")]
    private partial void LogChannelClosed(WorkerId workerId, string reason, int sessions);

    [LoggerMessage(2003, LogLevel.Warning, "worker {WorkerId} is offline; it holds {Sessions} session(s)")]
    private partial void LogOffline(WorkerId workerId, int sessions);

    [LoggerMessage(2004, LogLevel.Warning, "worker {WorkerId} is lost to its {Sessions} session(s)")]
    private partial void LogSessionsLost(WorkerId workerId, int sessions);

    [LoggerMessage(2005, LogLevel.Debug, "worker {WorkerId}: a frame could not be sent; its channel counts as closed")]
    private partial void LogChannelFailed(Exception error, WorkerId workerId);

    [LoggerMessage(2006, LogLevel.Debug, "worker {WorkerId}: telling another grain failed")]
    private partial void LogTellFailed(Exception error, WorkerId workerId);

    [LoggerMessage(2007, LogLevel.Warning, "worker {WorkerId}: its state was not stored")]
    private partial void LogNotStored(Exception error, WorkerId workerId);

    [LoggerMessage(2008, LogLevel.Warning, "worker {WorkerId}: storing its state ended as {Outcome}")]
    private partial void LogSaveFailed(WorkerId workerId, AppendOutcome outcome);

    [LoggerMessage(2009, LogLevel.Warning, "worker {WorkerId}: its reminder was not changed")]
    private partial void LogReminderFailed(Exception error, WorkerId workerId);
}
