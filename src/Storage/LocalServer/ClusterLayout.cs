using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>Where a private cluster keeps its files.</summary>
/// <param name="Home">Folder of the server's user, mode 0700, that holds everything else.</param>
/// <param name="SocketDirectory">Folder of the unix socket, mode 0700.</param>
/// <param name="Note">Set when the place is not the expected one: what was chosen and why, for the operator.</param>
internal sealed record ClusterLayout(string Home, string SocketDirectory, string? Note)
{
    /// <summary>The port only names the socket file; nothing listens on TCP.</summary>
    internal const int Port = 5432;

    /// <summary>A unix socket's path holds at most 107 bytes and a closing NUL.</summary>
    internal const int MaxSocketPathBytes = 107;

    internal const string LocationFile = "postgres.location";
    private const string FallbackRoot = "/var/lib/cavra-actors";

    internal string DataDirectory => Path.Combine(Home, "pgdata");

    internal string LogFile => Path.Combine(Home, "postgres.log");

    internal string HostLockFile => Path.Combine(Home, "host.lock");

    internal bool IsInitialized => File.Exists(Path.Combine(DataDirectory, "PG_VERSION"));

    internal int? ClusterMajor => IsInitialized
        ? int.Parse(File.ReadAllText(Path.Combine(DataDirectory, "PG_VERSION")).Trim(), CultureInfo.InvariantCulture)
        : null;

    /// <summary>Chooses the places, makes the folders and hands them to the server's user.</summary>
    internal static async Task<ClusterLayout> PrepareAsync(string dataDirectory, ServerIdentity identity, CancellationToken cancellationToken)
    {
        dataDirectory = Path.GetFullPath(dataDirectory);
        // The server's user must be able to pass through, not to look around.
        if (!Directory.Exists(dataDirectory))
            Directory.CreateDirectory(dataDirectory, (UnixFileMode)(identity.IsOther ? 0b111_001_001 : 0b111_000_000));

        var home = RecordedHome(dataDirectory);
        string? note = null;
        if (home is null)
        {
            home = Path.Combine(dataDirectory, "postgres");
            if (!await identity.CanEnterAsync(dataDirectory, cancellationToken))
            {
                // A fresh name each time: whoever deletes the data directory means to start anew.
                home = Path.Combine(FallbackRoot, Guid.NewGuid().ToString("N"));
                note = $"{dataDirectory} cannot be entered by the user {identity.UserName}, who runs PostgreSQL; its files are in {home}.";
                Directory.CreateDirectory(FallbackRoot);
            }
            await File.WriteAllTextAsync(Path.Combine(dataDirectory, LocationFile), home + "\n", cancellationToken);
        }
        await identity.ClaimDirectoryAsync(home, cancellationToken);

        var socket = ChooseSocketDirectory(home, identity.IsOther ? null : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));
        await identity.ClaimDirectoryAsync(socket, cancellationToken);
        return new(home, socket, note);
    }

    /// <summary>The place of an existing cluster, or null.</summary>
    internal static string? RecordedHome(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, LocationFile);
        if (!File.Exists(file)) return null;
        var home = File.ReadAllText(file).Trim();
        // A data directory that was moved or copied still names the old place: what lies inside is what counts.
        var inside = Path.Combine(dataDirectory, "postgres");
        return Directory.Exists(inside) ? inside : home.StartsWith(FallbackRoot, StringComparison.Ordinal) ? home : null;
    }

    internal static string ChooseSocketDirectory(string home, string? runtimeDirectory)
    {
        var preferred = Path.Combine(home, "run");
        if (IsUsable(preferred)) return preferred;
        var name = "cavra-" + KeyOf(home);
        if (!string.IsNullOrEmpty(runtimeDirectory) && Directory.Exists(runtimeDirectory) && IsUsable(Path.Combine(runtimeDirectory, name)))
            return Path.Combine(runtimeDirectory, name);
        return Path.Combine("/tmp", name);
    }

    // Commas separate hosts in connection strings, and quotes and spaces need escapes in three languages: such paths get the short place as well.
    private static bool IsUsable(string directory)
        => Encoding.UTF8.GetByteCount($"{directory}/.s.PGSQL.{Port}") <= MaxSocketPathBytes
            && directory.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+@=~".Contains(c, StringComparison.Ordinal));

    private static string KeyOf(string home)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.UserName}|{home}")))[..16];
}
