using System.Globalization;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>The operating system user that runs the server. PostgreSQL refuses root, so root hands over to a lesser user.</summary>
internal sealed record ServerIdentity(string UserName, int? UserId, int? GroupId)
{
    private static readonly string[] ToolDirectories = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    private static readonly TimeSpan ShortCommand = TimeSpan.FromSeconds(10);

    /// <summary>True when commands must be run as somebody else than the current user.</summary>
    internal bool IsOther => UserId is not null;

    internal static ServerIdentity Current { get; } = new(Environment.UserName, null, null);

    /// <summary>The current user, or for root the first of <c>postgres</c> and <c>nobody</c> that exists.</summary>
    internal static ServerIdentity Resolve()
    {
        if (!Environment.IsPrivilegedProcess) return Current;
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(f => f.Length >= 4).ToList();
        foreach (var name in new[] { "postgres", "nobody" })
        {
            var found = users.Find(f => f[0] == name);
            if (found is not null)
                return new(name, int.Parse(found[2], CultureInfo.InvariantCulture), int.Parse(found[3], CultureInfo.InvariantCulture));
        }
        throw new StorageStartException(
            "server_user_missing",
            "PostgreSQL does not run as root and there is neither a user 'postgres' nor 'nobody'. Install postgresql-15, or start as an ordinary user.");
    }

    /// <summary>The command line that runs <paramref name="argv"/> as this user.</summary>
    internal IReadOnlyList<string> Wrap(params IReadOnlyList<string> argv)
    {
        if (!IsOther) return argv;
        if (FindTool("setpriv") is { } setpriv)
            return [setpriv, $"--reuid={UserId}", $"--regid={GroupId}", "--clear-groups", "--", .. argv];
        if (FindTool("runuser") is { } runuser)
            return [runuser, "-u", UserName, "--", .. argv];
        if (FindTool("su") is { } su)
            return [su, UserName, "-s", "/bin/sh", "-c", string.Join(' ', argv.Select(Quote))];
        throw new StorageStartException(
            "server_user_missing", "Started as root, and none of setpriv, runuser and su is there to run PostgreSQL as another user. Install util-linux.");
    }

    /// <summary>Whether this user can enter <paramref name="directory"/>; asked of the kernel, so that access lists count too.</summary>
    internal async Task<bool> CanEnterAsync(string directory, CancellationToken cancellationToken)
        => (await ServerCommand.RunAsync(Wrap("test", "-x", directory), ShortCommand, cancellationToken)).Succeeded;

    /// <summary>Makes <paramref name="directory"/> exist, belong to this user and be closed to all others.</summary>
    internal async Task ClaimDirectoryAsync(string directory, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> owner = IsOther ? ["-o", $"{UserId}", "-g", $"{GroupId}"] : [];
        var made = await ServerCommand.RunAsync(["install", "-d", "-m", "0700", .. owner, directory], ShortCommand, cancellationToken);
        if (!made.Succeeded)
            throw new StorageStartException("data_directory_unusable", $"Cannot make {directory} for the user {UserName}: {made.Output}");
        // A directory in a place open to all may be somebody else's trap: a symbolic link or a foreign owner.
        var stat = await ServerCommand.RunAsync(["stat", "-c", "%F|%U|%a", directory], ShortCommand, cancellationToken);
        if (stat.Output != $"directory|{UserName}|700")
            throw new StorageStartException(
                "data_directory_unusable", $"{directory} must be a directory of {UserName} with mode 0700, but is '{stat.Output}'. Remove it or correct it.");
    }

    private static string? FindTool(string name)
        => ToolDirectories.Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);

    private static string Quote(string argument) => "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
