namespace Cavra.Actors.Cli;

/// <summary>Ends a command: what is wrong and what to do, in words for the person who typed it.</summary>
internal sealed class CliFailureException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    internal int ExitCode { get; } = exitCode;
}
