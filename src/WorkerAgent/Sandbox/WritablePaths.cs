namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>Decides whether a host path that a step wants to write may be bound into its sandbox.</summary>
/// <param name="privateFolders">Folders of this worker: neither they, nor anything in them, nor a folder that holds them.</param>
internal sealed class WritablePaths(IReadOnlyList<string> privateFolders)
{
    private static readonly string[] Forbidden =
        ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr", "/run/cavra"];

    /// <returns>Null when the path may be bound, else why not.</returns>
    internal string? Refusal(string path)
    {
        if (path.Length is 0 or > 4096 || path[0] != '/' || path.Contains('\0', StringComparison.Ordinal))
            return $"'{path}' is not an absolute path";
        if (path != "/" && path.Split('/').Skip(1).Any(part => part is "" or "." or ".."))
            return $"'{path}' is not in its plain form ('.', '..', '//' or a slash at its end)";
        if (path is "/" or "/work" || Forbidden.Any(folder => IsWithin(path, folder)))
            return $"'{path}' is a system folder";
        if (privateFolders.Any(folder => IsWithin(path, folder) || IsWithin(folder, path)))
            return $"'{path}' holds the worker's own data";
        return MissingOrLinked(path);
    }

    private static string? MissingOrLinked(string path)
    {
        for (var end = path.IndexOf('/', 1); ; end = path.IndexOf('/', end + 1))
        {
            var prefix = end < 0 ? path : path[..end];
            FileSystemInfo info = Directory.Exists(prefix) ? new DirectoryInfo(prefix) : new FileInfo(prefix);
            if (info.LinkTarget is not null)
                return $"'{prefix}' is a symbolic link";
            if (!info.Exists)
                return $"'{prefix}' does not exist on this worker";
            if (end < 0)
                return null;
        }
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);
}
