using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Connection;

/// <summary>Which API to talk to, and as whom.</summary>
/// <param name="Api">Base address, without a slash at its end.</param>
/// <param name="Token">Bearer token.</param>
internal sealed record ApiTarget(Uri Api, string Token)
{
    /// <summary>
    /// From <c>--api</c> and <c>--token</c>, else <c>CAVRA_API</c> and <c>CAVRA_TOKEN</c>, else the running development installation's
    /// <c>dev.json</c>. A development token is only ever given to the API that it belongs to.
    /// </summary>
    /// <exception cref="CliFailureException">Nothing says where the API is, or who asks.</exception>
    internal static ApiTarget Find(CliContext context, string? api, string? token, string? asName, string defaultName)
    {
        var dev = FindDevFile(context);
        api ??= context.Variable("CAVRA_API");
        var address = api ?? dev?.Api ?? throw new CliFailureException(
            "no API known. Start one with `./cavra up`, or say where it is: --api URL (CAVRA_API) and --token TOKEN (CAVRA_TOKEN).");
        if (!Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new CliFailureException($"'{address}' is no http(s) address.", ExitCodes.Usage);
        if (asName is null && (token ?? context.Variable("CAVRA_TOKEN")) is { } given) return new ApiTarget(uri, given);
        if (dev is null || !Uri.TryCreate(dev.Api.TrimEnd('/'), UriKind.Absolute, out var own) || own != uri)
            throw new CliFailureException($"no token for {uri}: give --token or CAVRA_TOKEN (development tokens are only used with their own API).", ExitCodes.Usage);
        return dev.Tokens.TryGetValue(asName ?? defaultName, out var known)
            ? new ApiTarget(uri, known)
            : throw new CliFailureException($"no development identity '{asName ?? defaultName}'; there are: {string.Join(", ", dev.Tokens.Keys)}.", ExitCodes.Usage);
    }

    /// <summary>The data directory that this command line means: configured, else the nearest <c>.cavra</c> upwards, else the script's.</summary>
    internal static DataDirectory FindData(CliContext context)
    {
        if (context.Variable("CAVRA_DATA") is { } configured) return DataDirectory.From(configured, context.CurrentDirectory);
        for (var folder = context.CurrentDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var candidate = DataDirectory.From(null, folder);
            if (Directory.Exists(candidate.Root)) return candidate;
        }
        return DataDirectory.From(null, context.Variable("CAVRA_HOME") ?? context.CurrentDirectory);
    }

    /// <summary>The running development installation's file; null when none runs here.</summary>
    internal static DevFile? FindDevFile(CliContext context)
    {
        try
        {
            return DevFile.Read(FindData(context).DevFile);
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Leaves the token out.</summary>
    public override string ToString() => Api.ToString();
}
