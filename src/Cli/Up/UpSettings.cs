using System.Globalization;
using Cavra.Actors.Installation;
using Microsoft.Extensions.Configuration;

namespace Cavra.Actors.Cli.Up;

/// <summary>The settings that the supervisor itself needs (contract, Settings). Environment variables win over the file.</summary>
internal sealed record UpSettings
{
    private const int MaxWorkers = 64;

    /// <summary>Data directory (<c>CAVRA_DATA</c>).</summary>
    internal required DataDirectory Data { get; init; }

    /// <summary>Port of the API on loopback (<c>CAVRA_API_PORT</c>, 8080; 0 picks a free one).</summary>
    internal required int ApiPort { get; init; }

    /// <summary>Port of the agents (<c>CAVRA_AGENT_PORT</c>, 8443; 0 picks a free one).</summary>
    internal required int AgentPort { get; init; }

    /// <summary>How many local workers (<c>CAVRA_WORKERS</c>, 1; 0 for none).</summary>
    internal required int Workers { get; init; }

    /// <summary>The settings file, absolute; null when none is given.</summary>
    internal string? ConfigFile { get; init; }

    /// <exception cref="CliFailureException">The file cannot be read or a value is out of range.</exception>
    internal static UpSettings Read(CliContext context, string? configFile)
    {
        var path = configFile is null ? null : Path.GetFullPath(configFile, context.CurrentDirectory);
        var values = Load(context, path);
        return new UpSettings
        {
            Data = DataDirectory.From(values["DATA"], context.CurrentDirectory),
            ApiPort = Number(values, "API_PORT", 8080, 65535),
            AgentPort = Number(values, "AGENT_PORT", 8443, 65535),
            Workers = Number(values, "WORKERS", 1, MaxWorkers),
            ConfigFile = path,
        };
    }

    private static Dictionary<string, string?> Load(CliContext context, string? path)
    {
        IConfigurationRoot? file = null;
        if (path is not null)
        {
            if (!File.Exists(path)) throw new CliFailureException($"there is no settings file {path}.", ExitCodes.Usage);
            try
            {
                file = new ConfigurationBuilder().AddJsonFile(path, optional: false, reloadOnChange: false).Build();
            }
            catch (InvalidDataException e)
            {
                throw new CliFailureException($"{path} is not a JSON object of settings: {e.InnerException?.Message ?? e.Message}", ExitCodes.Usage);
            }
        }
        string[] names = ["DATA", "API_PORT", "AGENT_PORT", "WORKERS"];
        return names.ToDictionary(n => n, n => context.Variable("CAVRA_" + n) ?? file?[n]);
    }

    private static int Number(Dictionary<string, string?> values, string name, int whenAbsent, int highest)
    {
        if (values[name] is not { Length: > 0 } text) return whenAbsent;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= highest
            ? number
            : throw new CliFailureException($"CAVRA_{name} is '{text}'; it must be a whole number from 0 to {highest}.", ExitCodes.Usage);
    }
}
