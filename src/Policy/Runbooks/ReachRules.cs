using System.Globalization;
using Cavra.Actors.Runbooks.Schema;

namespace Cavra.Actors.Runbooks;

/// <summary>What a step may be given of the host. Checked when a runbook is stored and again once inputs are in place.</summary>
internal static class ReachRules
{
    private static readonly string[] NeverWritable = ["/proc", "/sys", "/dev", "/run/cavra", "/boot", "/usr", "/bin", "/sbin", "/lib", "/lib64"];

    public static string? WritableProblem(string path)
    {
        if (!path.StartsWith('/') || TextSafety.Problem(path, multiline: false) is not null)
            return $"{ShapeChecker.Shown(path)} is not an absolute path.";
        if (path.Contains("//", StringComparison.Ordinal) || path.Split('/').Any(p => p is "." or ".."))
            return $"{ShapeChecker.Shown(path)} must be written without //, . and .. parts.";
        var folder = path.TrimEnd('/');
        if (folder.Length == 0 || folder == "/etc" || Array.Exists(NeverWritable, n => folder == n || folder.StartsWith(n + "/", StringComparison.Ordinal)))
            return $"{ShapeChecker.Shown(path)} may not be writable from a step.";
        return null;
    }

    public static string? NetworkProblem(string target)
    {
        var colon = target.LastIndexOf(':');
        var host = colon > 0 ? target[..colon] : "";
        if (colon <= 0 || !ushort.TryParse(target[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            return $"{ShapeChecker.Shown(target)} is not host:port.";
        var named = host.Length <= 253 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && !host.StartsWith('-') && !host.StartsWith('.');
        var address = host is ['[', .., ']'] && System.Net.IPAddress.TryParse(host[1..^1], out _);
        return named || address ? null : $"{ShapeChecker.Shown(host)} is not a host name or an address.";
    }
}
