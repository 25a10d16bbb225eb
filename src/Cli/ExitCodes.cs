namespace Cavra.Actors.Cli;

/// <summary>How the program ends. With <c>--exit-status</c> the code mirrors the run.</summary>
internal static class ExitCodes
{
    /// <summary>Done; with <c>--exit-status</c>: the run completed.</summary>
    internal const int Ok = 0;

    /// <summary>Refused or not reachable; with <c>--exit-status</c>: the run failed.</summary>
    internal const int Failed = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    internal const int Usage = 2;

    /// <summary>The run was cancelled.</summary>
    internal const int Cancelled = 3;

    /// <summary>The run is paused or waits for a person.</summary>
    internal const int NeedsHuman = 4;

    /// <summary>The run goes on; this program only stopped looking.</summary>
    internal const int GoesOn = 5;

    internal const string Help =
        "Exit codes with --exit-status: 0 completed, 1 failed (also: the API refused or cannot be reached), 2 wrong usage, " +
        "3 cancelled, 4 paused or waiting for a person, 5 still going (watching was stopped).";

    /// <summary>The code that mirrors a session's state (spec 2.1).</summary>
    internal static int Mirror(string? state) => state switch
    {
        "completed" => Ok,
        "failed" => Failed,
        "cancelled" => Cancelled,
        "paused" or "waiting_for_approval" => NeedsHuman,
        _ => GoesOn,
    };
}
