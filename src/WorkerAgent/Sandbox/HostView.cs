namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>The parts of the host that every sandbox sees, read-only. All else (home folders, /var, /root, data folders) is not there.</summary>
internal static class HostView
{
    /// <summary>Folders at the top that are links on a merged-/usr system and real folders elsewhere.</summary>
    private static readonly string[] SystemFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>Files and folders of /etc that programs need and that hold no secret. /etc/ssl/private and /etc/shadow stay away.</summary>
    private static readonly string[] Configuration =
    [
        "alternatives", "ca-certificates", "ca-certificates.conf", "debian_version", "gai.conf", "host.conf", "hosts", "inputrc", "java-17-openjdk",
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "logrotate.conf", "magic", "mime.types", "mke2fs.conf", "netconfig", "networks",
        "nsswitch.conf", "os-release", "perl", "pki", "postgresql-common", "profile", "protocols", "python3", "python3.11", "rpc", "services",
        "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone", "xattr.conf",
    ];

    /// <summary>Only for steps that share the host's network.</summary>
    private const string Resolver = "resolv.conf";

    internal static void AddTo(ICollection<string> arguments, bool network)
    {
        Bind(arguments, "/usr");
        foreach (var folder in SystemFolders)
            AddSystemFolder(arguments, "/" + folder);
        foreach (var name in Configuration)
            AddConfiguration(arguments, "/etc/" + name);
        if (network)
            AddConfiguration(arguments, "/etc/" + Resolver);
    }

    private static void AddSystemFolder(ICollection<string> arguments, string path)
    {
        var info = new DirectoryInfo(path);
        if (!info.Exists)
            return;
        if (info.LinkTarget is { } target)
            Add(arguments, "--symlink", target, path);
        else
            Bind(arguments, path);
    }

    private static void AddConfiguration(ICollection<string> arguments, string path)
    {
        if (File.Exists(path) || Directory.Exists(path))
            Bind(arguments, path);
    }

    private static void Bind(ICollection<string> arguments, string path) => Add(arguments, "--ro-bind", path, path);

    private static void Add(ICollection<string> arguments, params ReadOnlySpan<string> values)
    {
        foreach (var value in values)
            arguments.Add(value);
    }
}
