using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage.LocalServer;

internal static partial class PrivateClusterLog
{
    [LoggerMessage(3100, LogLevel.Information, "Making a private PostgreSQL {Major} in {Home}")]
    internal static partial void Making(this ILogger logger, int major, string home);

    [LoggerMessage(3101, LogLevel.Information, "Private PostgreSQL runs: process {ProcessId}, socket {SocketDirectory}, files {Home}")]
    internal static partial void Started(this ILogger logger, int processId, string socketDirectory, string home);

    [LoggerMessage(3102, LogLevel.Information, "Private PostgreSQL was still running: process {ProcessId}, socket {SocketDirectory}; taken over")]
    internal static partial void Adopted(this ILogger logger, int processId, string socketDirectory);

    [LoggerMessage(3103, LogLevel.Warning, "Private PostgreSQL (process {ProcessId}) ended without being asked; starting it again, attempt {Attempt}")]
    internal static partial void Died(this ILogger logger, int processId, int attempt);

    [LoggerMessage(3104, LogLevel.Error, "Private PostgreSQL does not start again: {Reason}")]
    internal static partial void RestartFailed(this ILogger logger, string reason);

    [LoggerMessage(3105, LogLevel.Information, "Private PostgreSQL stopped")]
    internal static partial void Stopped(this ILogger logger);

    [LoggerMessage(3106, LogLevel.Warning, "{Note}")]
    internal static partial void PlaceChosen(this ILogger logger, string note);

    [LoggerMessage(3107, LogLevel.Warning, "Processes {ProcessIds} of an earlier private PostgreSQL outlived it; ended")]
    internal static partial void OrphansEnded(this ILogger logger, string processIds);

    [LoggerMessage(3108, LogLevel.Warning, "Private PostgreSQL did not stop in time; stopped at once, it recovers at the next start")]
    internal static partial void StoppedHard(this ILogger logger);

    [LoggerMessage(3109, LogLevel.Warning, "Runbook steps get no socket for triage at {Path}: {Reason}")]
    internal static partial void NoTriageDoor(this ILogger logger, string path, string reason);
}
