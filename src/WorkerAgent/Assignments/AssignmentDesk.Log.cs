using Cavra.Actors.Sessions;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Assignments;

internal sealed partial class AssignmentDesk
{
    [LoggerMessage(3101, LogLevel.Information, "session {SessionId} assigned ({AssignmentId}) under {SandboxProfile}; pre-flight ok: {Ok}")]
    private static partial void LogAssigned(ILogger logger, long sessionId, string assignmentId, string sandboxProfile, bool ok);

    [LoggerMessage(3102, LogLevel.Warning, "session {SessionId} ({AssignmentId}) refused: {Code}")]
    private static partial void LogRefused(ILogger logger, long sessionId, string assignmentId, string code);

    [LoggerMessage(3103, LogLevel.Information, "session {SessionId} ({AssignmentId}) cancelled: {Reason}")]
    private static partial void LogCancelled(ILogger logger, long sessionId, string assignmentId, string reason);

    [LoggerMessage(3104, LogLevel.Warning, "session {SessionId} ({AssignmentId}) is no longer ours; stopping it")]
    private static partial void LogRevoked(ILogger logger, long sessionId, string assignmentId);

    [LoggerMessage(3105, LogLevel.Information, "session {SessionId} step {StepNumber} attempt {Attempt}: a repeated command is answered, not run")]
    private static partial void LogRepeated(ILogger logger, long sessionId, int stepNumber, int attempt);

    [LoggerMessage(3106, LogLevel.Warning, "session {SessionId} step {StepNumber} attempt {Attempt} from before the restart is reported as {Outcome}")]
    private static partial void LogRecovered(ILogger logger, long sessionId, int stepNumber, int attempt, StepOutcome outcome);

    [LoggerMessage(3107, LogLevel.Error, "journal: {Problem}")]
    private static partial void LogJournal(ILogger logger, string problem);

    [LoggerMessage(3108, LogLevel.Error, "session {SessionId} step {StepNumber}: the runner failed")]
    private static partial void LogFault(ILogger logger, long sessionId, int stepNumber, Exception error);

    [LoggerMessage(3109, LogLevel.Warning, "a frame that no orchestrator sends down: {Frame}")]
    private static partial void LogUnexpected(ILogger logger, string frame);
}
