using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cavra.Actors.Installation;

/// <summary><c>dev.json</c>: what a client on this machine needs to use a running development installation (details.md).</summary>
public sealed record DevFile
{
    /// <summary>The API's base address.</summary>
    public required string Api { get; init; }

    /// <summary>The agent port's base address (https).</summary>
    public required string Agent { get; init; }

    /// <summary>The console's address.</summary>
    public required string Console { get; init; }

    /// <summary>Path of the CA certificate by which a worker trusts the agent port.</summary>
    public required string AgentCa { get; init; }

    /// <summary>Path of the issuer's public keys.</summary>
    public required string Jwks { get; init; }

    /// <summary>The data directory.</summary>
    public required string DataDir { get; init; }

    /// <summary>The database's connection string.</summary>
    public required string Database { get; init; }

    /// <summary>Folder of the logs.</summary>
    public required string Logs { get; init; }

    /// <summary>Path of <c>pids.json</c>.</summary>
    public required string Pids { get; init; }

    /// <summary>Development tokens by name: viewer, operator, approver, ...</summary>
    public required ImmutableSortedDictionary<string, string> Tokens { get; init; }

    /// <summary>Reads the file; null when it is absent or not (yet) a whole document.</summary>
    public static DevFile? Read(string path) => InstallationJson.Read(path, InstallationJson.Default.DevFile);

    /// <summary>Writes the file, mode 0600.</summary>
    public void Write(string path) => PrivateFile.Write(path, JsonSerializer.Serialize(this, InstallationJson.Default.DevFile) + "\n");

    /// <summary>Leaves the tokens out.</summary>
    public override string ToString() => $"{nameof(DevFile)} {{ {Api}, {DataDir} }}";
}

/// <summary><c>pids.json</c>: the processes of a running installation.</summary>
public sealed record PidsFile
{
    /// <summary>The supervisor (<c>cavra up</c>).</summary>
    public int Up { get; init; }

    /// <summary>The API host.</summary>
    public int Api { get; init; }

    /// <summary>The local workers.</summary>
    public ImmutableArray<int> Workers { get; init; } = [];

    /// <summary>The private PostgreSQL's postmaster; 0 with a database of one's own.</summary>
    public int Postgres { get; init; }

    /// <summary>Reads the file; null when it is absent or not (yet) a whole document.</summary>
    public static PidsFile? Read(string path) => InstallationJson.Read(path, InstallationJson.Default.PidsFile);

    /// <summary>Writes the file, mode 0600.</summary>
    public void Write(string path) => PrivateFile.Write(path, JsonSerializer.Serialize(this, InstallationJson.Default.PidsFile) + "\n");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(DevFile))]
[JsonSerializable(typeof(PidsFile))]
internal sealed partial class InstallationJson : JsonSerializerContext
{
    internal static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), type);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
