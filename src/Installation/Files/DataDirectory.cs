namespace Cavra.Actors.Installation;

/// <summary>
/// Where one installation keeps its files. Every process of it (supervisor, API host, workers, command line) takes the places from
/// here, so that they agree.
/// </summary>
/// <param name="Root">Absolute path of the data directory (setting <c>CAVRA_DATA</c>, default <c>.cavra</c> in the current folder).</param>
public sealed record DataDirectory(string Root)
{
    /// <summary>The folder's name when none is configured.</summary>
    public const string DefaultName = ".cavra";

    /// <summary>What a client on this machine needs; written by the API host once it listens, mode 0600 (details: dev.json).</summary>
    public string DevFile => At("dev.json");

    /// <summary>Process ids; written by the supervisor.</summary>
    public string PidsFile => At("pids.json");

    /// <summary>Held open by the supervisor as long as it runs.</summary>
    public string LockFile => At("up.lock");

    /// <summary>Folder of the JSON logs: <c>api.log</c>, <c>worker-N.log</c>.</summary>
    public string Logs => At("logs");

    /// <summary>Folder of the private keys, mode 0700.</summary>
    public string Keys => At("keys");

    /// <summary>The development issuer's private key (EC P-256, PKCS#8 PEM).</summary>
    public string IssuerKey => Path.Combine(Keys, "issuer.key");

    /// <summary>The development issuer's public keys as a JWKS document.</summary>
    public string Jwks => Path.Combine(Keys, "jwks.json");

    /// <summary>The development worker CA's private key.</summary>
    public string WorkerAuthorityKey => Path.Combine(Keys, "worker-ca.key");

    /// <summary>The development worker CA's certificate; also what a worker trusts the agent port by.</summary>
    public string WorkerAuthorityCertificate => Path.Combine(Keys, "worker-ca.crt");

    /// <summary>The key with which the installation signs evidence.</summary>
    public string EvidenceKey => Path.Combine(Keys, "evidence.key");

    /// <summary>Folder of the private PostgreSQL's socket for runbook steps (one powerless role only).</summary>
    public string Triage => At("triage");

    /// <summary>Folder of one local worker's <c>worker.key</c>, <c>worker.crt</c> and <c>ca.crt</c>.</summary>
    public string Worker(string workerId) => Path.Combine(Root, "workers", workerId);

    /// <summary>The id of the n-th local worker (1, 2, ...), started by <c>up</c>.</summary>
    public static string LocalWorkerId(int number) => $"local-{number}";

    /// <summary>The configured directory, or the default in the current folder, as an absolute path.</summary>
    public static DataDirectory From(string? configured, string currentDirectory) =>
        new(Path.GetFullPath(string.IsNullOrWhiteSpace(configured) ? DefaultName : configured, currentDirectory));

    /// <summary>Makes the folder unless it is there. Others may pass through (PostgreSQL's user must), not look around; files here are 0600.</summary>
    public void Create()
    {
        const UnixFileMode passThrough = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (!Directory.Exists(Root))
            Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | passThrough);
    }

    private string At(string name) => Path.Combine(Root, name);
}
