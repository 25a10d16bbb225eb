using System.Globalization;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>What <c>postmaster.pid</c> says, held against what really runs.</summary>
/// <param name="ProcessId">The server's process id.</param>
/// <param name="SocketDirectory">Its first socket folder; empty while it starts.</param>
internal sealed record PostmasterFile(int ProcessId, string SocketDirectory)
{
    internal const string Name = "postmaster.pid";

    internal static PostmasterFile? Read(string pgData)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(pgData, Name));
            return lines.Length > 0 && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid) && pid > 0
                ? new(pid, lines.Length > 4 ? lines[4].Trim() : "")
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The running server of this cluster, or null when the file is absent or stale.</summary>
    internal static PostmasterFile? Running(string pgData)
        => Read(pgData) is { } file && WorksIn(file.ProcessId, pgData) ? file : null;

    /// <summary>True when the process lives and is a server of this cluster: a pid alone may have been given to somebody else.</summary>
    internal static bool WorksIn(int processId, string pgData)
    {
        try
        {
            // All server processes work in their data directory.
            return Directory.ResolveLinkTarget($"/proc/{processId}/cwd", returnFinalTarget: false)?.FullName == pgData && !IsZombie(processId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Every process of this cluster, the postmaster's children included.</summary>
    internal static IReadOnlyList<int> ProcessesIn(string pgData)
        => [.. Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && WorksIn(pid, pgData))];

    private static bool IsZombie(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
    }
}
