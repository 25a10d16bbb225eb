using System.Globalization;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>
/// The /etc that steps see: a copy, made at the worker's start, of what programs need and what holds no secret, with a user database of its own. One
/// folder, because every single file bound from the host would cost each step two mounts.
/// </summary>
internal static class ConfigurationCopy
{
    // /etc/ssl/private, /etc/shadow and whatever else is not named here stay away.
    private static readonly string[] Names =
    [
        "alternatives", "ca-certificates", "ca-certificates.conf", "debian_version", "gai.conf", "host.conf", "hosts", "inputrc", "java-17-openjdk",
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "logrotate.conf", "magic", "mime.types", "mke2fs.conf", "netconfig", "networks",
        "nsswitch.conf", "os-release", "perl", "pki/tls", "postgresql-common", "profile", "protocols", "python3", "python3.11", "rpc", "services",
        "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone", "xattr.conf",
    ];

    /// <summary>Makes the copy anew.</summary>
    /// <returns>The folder to show as /etc.</returns>
    internal static string Make(string dataFolder)
    {
        var target = Path.Combine(dataFolder, "sandbox", "etc");
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        Directory.CreateDirectory(target);
        foreach (var name in Names)
            Copy("/etc/" + name, Path.Combine(target, name));
        // Filled from the host for steps that share its network.
        File.WriteAllText(Path.Combine(target, "resolv.conf"), "");
        WriteUsers(target);
        return target;
    }

    private static void WriteUsers(string target)
    {
        var user = BubblewrapArguments.InnerUser.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(
            Path.Combine(target, "passwd"),
            $"root:x:0:0:root:/:/usr/sbin/nologin\ncavra:x:{user}:{user}:cavra step:/work:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n");
        File.WriteAllText(Path.Combine(target, "group"), $"root:x:0:\ncavra:x:{user}:\nnogroup:x:65534:\n");
    }

    private static void Copy(string source, string target)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (new FileInfo(source).LinkTarget is { } link)
                File.CreateSymbolicLink(target, link);
            else if (File.Exists(source))
                File.Copy(source, target);
            else if (Directory.Exists(source))
                foreach (var entry in Directory.EnumerateFileSystemEntries(source))
                    Copy(entry, Path.Combine(target, Path.GetFileName(entry)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not for this worker's eyes, so not for its steps'.
        }
    }
}
