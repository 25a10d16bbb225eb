namespace Cavra.Actors.Storage.LocalServer;

/// <summary>How the private PostgreSQL of one installation is made and run.</summary>
public sealed record PrivateClusterOptions
{
    /// <summary>The installation's data directory; the cluster lives in <c>postgres</c> below it (ARCHITECTURE section 5).</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Name of the database inside the cluster.</summary>
    public string Database { get; init; } = "cavra";

    /// <summary>Folder with the server binaries; null looks in the usual places, newest version first.</summary>
    public string? BinaryDirectory { get; init; }

    /// <summary>Longest wait for the server to accept connections, crash recovery included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Longest wait for a fast stop before an immediate one.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections that the server accepts, 20..1000.</summary>
    public int MaxConnections { get; init; } = 100;

    /// <summary>False trades safety against a power cut for speed (tests only); a killed process still loses nothing.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Several hosts use the cluster and none of them owns it: no host lock, no supervision, left running on dispose (tests only).</summary>
    public bool Shared { get; init; }
}
