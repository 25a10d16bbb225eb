using System.Globalization;
using System.Text.RegularExpressions;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>Judges a step's end by what its runbook expects.</summary>
internal static class Expectation
{
    /// <summary>How much of standard output a pattern is looked for in: its last 1 MiB of characters.</summary>
    internal const int TailCharacters = 1024 * 1024;

    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(2);

    /// <returns>Null when all is as expected, else the reason and its explanation.</returns>
    internal static (StepReason Reason, string Detail)? Failure(StepExpectation expect, int exitCode, Func<string> stdout)
    {
        if (exitCode != expect.ExitCode)
            return (StepReason.ExitCode, string.Create(CultureInfo.InvariantCulture, $"exit code {exitCode}, expected {expect.ExitCode}"));
        if (expect.StdoutMatches is not { } pattern)
            return null;
        try
        {
            return Regex.IsMatch(stdout(), pattern, RegexOptions.NonBacktracking | RegexOptions.Multiline, MatchLimit)
                ? null
                : (StepReason.ExpectationFailed, "standard output does not match the expected pattern");
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            return (StepReason.ExpectationFailed, $"the expected pattern cannot be used: {error.Message}");
        }
    }
}
