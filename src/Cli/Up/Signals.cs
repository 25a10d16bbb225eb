using System.Runtime.InteropServices;

namespace Cavra.Actors.Cli.Up;

/// <summary>Signals to processes by id.</summary>
internal static partial class Signals
{
    internal const int Interrupt = 2;
    internal const int Quit = 3;
    internal const int Kill = 9;
    internal const int Terminate = 15;

    /// <summary>Sends a signal; false when there is no such process (any more).</summary>
    internal static bool Send(int pid, int signal) => pid > 1 && SystemKill(pid, signal) == 0;

    /// <summary>
    /// Whether the id belongs to a live process whose command line holds the text. Ids are used again: what a file says is only believed
    /// together with this.
    /// </summary>
    internal static bool Runs(int pid, string inCommandLine)
    {
        if (pid <= 1) return false;
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains(inCommandLine, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Waits until a process that is not our child has ended; false when the time was not enough.</summary>
    internal static async Task<bool> EndedAsync(int pid, string inCommandLine, TimeSpan atMost, CliContext context)
    {
        var started = context.Time.GetTimestamp();
        while (Runs(pid, inCommandLine))
        {
            if (context.Time.GetElapsedTime(started) > atMost) return false;
            await context.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
        return true;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SystemKill(int pid, int signal);
}
