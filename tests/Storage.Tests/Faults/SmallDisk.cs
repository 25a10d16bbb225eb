using System.Diagnostics;
using Cavra.Actors.Storage.LocalServer;

namespace Cavra.Actors.Storage.Tests.Faults;

/// <summary>A disk of 24 MiB in memory that belongs to the server's user.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string directory) => Directory = directory;

    internal string Directory { get; }

    internal static SmallDisk? TryMount(PrivateCluster cluster)
    {
        var directory = Path.Combine(cluster.Home, "small");
        System.IO.Directory.CreateDirectory(directory);
        if (!Environment.IsPrivilegedProcess || Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", directory) != 0) return null;
        if (Run("chown", "--reference=" + cluster.SocketDirectory, directory) == 0 && Run("chmod", "0700", directory) == 0) return new(directory);
        _ = Run("umount", directory);
        return null;
    }

    public void Dispose() => _ = Run("umount", "--lazy", Directory);

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
