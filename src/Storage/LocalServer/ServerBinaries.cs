using System.Globalization;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>An installed PostgreSQL server: the folder of its programs and its major version.</summary>
internal sealed record ServerBinaries(string Directory, int Major)
{
    /// <summary>The oldest major version that the schema and its statements need.</summary>
    internal const int OldestMajor = 15;

    private static readonly string[] NeededPrograms = ["postgres", "initdb", "pg_ctl"];
    private const string DebianRoot = "/usr/lib/postgresql";

    internal string Path(string program) => System.IO.Path.Combine(Directory, program);

    /// <summary>Finds the newest usable server, or exactly <paramref name="requiredMajor"/> when a cluster of that version already exists.</summary>
    internal static async Task<ServerBinaries> FindAsync(string? directory, int? requiredMajor, CancellationToken cancellationToken)
    {
        var candidates = directory is not null ? [directory] : Candidates(DebianRoot, Environment.GetEnvironmentVariable("PATH"));
        var found = new List<ServerBinaries>();
        foreach (var candidate in candidates)
        {
            if (await ProbeAsync(candidate, cancellationToken) is { } binaries) found.Add(binaries);
        }
        return Choose(found, requiredMajor, directory);
    }

    internal static IReadOnlyList<string> Candidates(string root, string? searchPath)
    {
        var versioned = System.IO.Directory.Exists(root)
            ? System.IO.Directory.GetDirectories(root).Select(d => System.IO.Path.Combine(d, "bin"))
            : [];
        return [.. versioned.Concat((searchPath ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)).Distinct()];
    }

    internal static ServerBinaries Choose(IReadOnlyCollection<ServerBinaries> found, int? requiredMajor, string? directory)
    {
        var place = directory is null ? $"in {DebianRoot} or on the PATH" : $"in {directory}";
        if (found.Count == 0)
            throw new StorageStartException(
                "server_missing",
                $"No PostgreSQL server programs {place}. Install the Debian package postgresql-15 (apt-get install postgresql-15), or set CAVRA_DATABASE to a running server.");
        if (requiredMajor is { } major)
            return found.FirstOrDefault(b => b.Major == major) ?? throw new StorageStartException(
                "server_version_differs",
                $"The data directory was made by PostgreSQL {major}, but only {Versions(found)} is installed. Install the Debian package postgresql-{major}.");
        var newest = found.MaxBy(b => b.Major)!;
        return newest.Major >= OldestMajor ? newest : throw new StorageStartException(
            "server_too_old",
            $"PostgreSQL {OldestMajor} or newer is needed, but only {Versions(found)} is installed. Install the Debian package postgresql-15.");
    }

    private static async Task<ServerBinaries?> ProbeAsync(string directory, CancellationToken cancellationToken)
    {
        if (!NeededPrograms.All(p => File.Exists(System.IO.Path.Combine(directory, p)))) return null;
        var version = await ServerCommand.RunAsync(
            [System.IO.Path.Combine(directory, "pg_ctl"), "--version"], TimeSpan.FromSeconds(10), cancellationToken);
        return version.Succeeded && ParseMajor(version.Output) is { } major ? new(directory, major) : null;
    }

    /// <summary>The major version in text such as <c>pg_ctl (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)</c>.</summary>
    internal static int? ParseMajor(string output)
    {
        var text = output.Split(") ", 2).Last();
        var digits = new string([.. text.TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(digits, CultureInfo.InvariantCulture, out var major) ? major : null;
    }

    private static string Versions(IEnumerable<ServerBinaries> found) => string.Join(", ", found.Select(b => b.Major).Distinct());
}
