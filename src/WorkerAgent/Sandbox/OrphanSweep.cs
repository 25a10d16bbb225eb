using System.Globalization;
using System.Text;
using Cavra.Actors.WorkerAgent.Sandbox.Native;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>
/// Kills what a dead worker of the same data folder left running. bwrap dies with its parent, but for an instant at its start;
/// a step that nobody watches must not go on.
/// </summary>
internal static class OrphanSweep
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Kills every process whose argv[0] is <paramref name="label"/>, and waits for its end.</summary>
    /// <returns>How many there were.</returns>
    internal static int Run(string label)
    {
        var wanted = Encoding.UTF8.GetBytes(label + "\0");
        var killed = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) || !Names(folder, wanted))
                continue;
            using var process = ProcessWatch.TryOpen(pid);
            // Looked at again through the descriptor's lifetime: the number cannot have moved on to another process since.
            if (process is null || !Names(folder, wanted))
                continue;
            process.Kill();
            process.WaitGone(Limit);
            killed++;
        }

        return killed;
    }

    private static bool Names(string folder, byte[] wanted)
    {
        try
        {
            return File.ReadAllBytes(folder + "/cmdline").AsSpan().StartsWith(wanted);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
