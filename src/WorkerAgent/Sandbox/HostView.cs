namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>The parts of the host that every sandbox sees, read-only. All else (home folders, /var, /root, data folders) is not there.</summary>
internal static class HostView
{
    /// <summary>Folders at the top that are links on a merged-/usr system and real folders elsewhere.</summary>
    private static readonly string[] SystemFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>Only for steps that share the host's network, and as they are now.</summary>
    private static readonly string[] NetworkFiles = ["/etc/hosts", "/etc/resolv.conf"];

    // The layout of the top does not change while a worker runs.
    private static readonly string[] SystemOptions = [.. SystemFolders.SelectMany(folder => SystemFolder("/" + folder))];

    /// <param name="configuration">Folder shown as /etc.</param>
    internal static void AddTo(List<string> options, string configuration, bool network)
    {
        options.AddRange("--ro-bind", "/usr", "/usr", "--ro-bind", configuration, "/etc");
        options.AddRange(SystemOptions);
        if (!network)
            return;
        foreach (var file in NetworkFiles)
            if (File.Exists(file))
                options.AddRange("--ro-bind", file, file);
    }

    private static string[] SystemFolder(string path)
    {
        var info = new DirectoryInfo(path);
        if (!info.Exists)
            return [];
        return info.LinkTarget is { } target ? ["--symlink", target, path] : ["--ro-bind", path, path];
    }
}
