using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Cavra.Actors.Installation;
using Cavra.Actors.Sessions;
using Microsoft.Extensions.Configuration;

namespace Cavra.Actors.WorkerAgent.Hosting;

/// <summary>What the worker's process is started with: arguments, then environment, then <c>--config FILE</c>.</summary>
internal sealed record WorkerSettings
{
    private static readonly Dictionary<string, string> Arguments = new(StringComparer.Ordinal)
    {
        ["--name"] = "Worker:Name",
        ["--api"] = "Worker:Api",
        ["--cert"] = "Worker:Cert",
        ["--key"] = "Worker:Key",
        ["--ca"] = "Worker:Ca",
        ["--data"] = "Worker:Data",
        ["--capabilities"] = "Worker:Capabilities",
        ["--environments"] = "Worker:Environments",
        ["--segment"] = "Worker:Segment",
        ["--max-concurrency"] = "Worker:Max_Concurrency",
        ["--log"] = "Worker:Log",
    };

    internal required AgentOptions Agent { get; init; }

    internal required Uri Api { get; init; }

    internal required string Certificate { get; init; }

    internal required string Key { get; init; }

    internal required string Authority { get; init; }

    internal TimeSpan Ping { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Policy data (<c>CAVRA_POLICY__DATA</c>); null uses the data shipped with this build.</summary>
    internal string? PolicyData { get; init; }

    internal string? Log { get; init; }

    internal string? LogLevel { get; init; }

    internal const string Usage = """
        Usage: worker --name NAME --api https://HOST:PORT [options]

          --name NAME             the worker's id: the CN of its certificate
          --api URL               the orchestrator's agent port
          --cert, --key, --ca     PEM files: own certificate, its key, the CA of the agent port (default: workers/NAME in the data directory)
          --data DIR              the worker's own folder for journal and work folders (default: workers/NAME/data in the data directory)
          --capabilities A,B      what it offers
          --environments A,B      dev, staging, prod (default: dev)
          --segment NAME          its network segment (default: local)
          --max-concurrency N     sessions at once, 1..256 (default: 4)
          --config FILE           settings as JSON, e.g. {"Worker": {"Segment": "vpc-a"}, "Output": {"Limit": 1048576}}
          --log FILE              JSON log lines (default: standard output)
          --bench-noop-executor   run nothing; for the bench of a development installation on this machine

        Every setting is also an environment variable: CAVRA_WORKER__SEGMENT, CAVRA_OUTPUT__LIMIT, CAVRA_SANDBOX__MAC, CAVRA_POLICY__DATA, CAVRA_WORKERS__PING, CAVRA_LOG_LEVEL.
        """;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="AgentStartException">One is missing or wrong; the message names it.</exception>
    internal static WorkerSettings Read(string[] args, string currentFolder)
    {
        var (values, config, noop) = Parse(args);
        var builder = new ConfigurationBuilder();
        if (config is not null)
            builder.AddJsonFile(Path.GetFullPath(config, currentFolder), optional: false);
        var settings = builder.AddEnvironmentVariables("CAVRA_").AddInMemoryCollection(values!).Build();
        var name = settings["Worker:Name"] ?? throw new AgentStartException("--name is missing: the worker's id, the CN of its certificate");
        var api = ReadApi(settings["Worker:Api"]);
        if (noop && !IsLoopback(api))
            throw new AgentStartException("--bench-noop-executor is for a development installation on this machine; --api is not a loopback address");
        var own = DataDirectory.From(settings["Data"], currentFolder).Worker(name);
        return new WorkerSettings
        {
            Api = api,
            Certificate = At(settings["Worker:Cert"] ?? Path.Combine(own, "worker.crt"), currentFolder),
            Key = At(settings["Worker:Key"] ?? Path.Combine(own, "worker.key"), currentFolder),
            Authority = At(settings["Worker:Ca"] ?? Path.Combine(own, "ca.crt"), currentFolder),
            Ping = ReadDuration("CAVRA_WORKERS__PING", settings["Workers:Ping"]) ?? TimeSpan.FromSeconds(5),
            Log = settings["Worker:Log"] is { } log ? At(log, currentFolder) : null,
            LogLevel = settings["LOG_LEVEL"],
            PolicyData = settings["Policy:Data"] is { Length: > 0 } policy ? At(policy, currentFolder) : null,
            Agent = new AgentOptions
            {
                Name = name,
                DataFolder = At(settings["Worker:Data"] ?? Path.Combine(own, "data"), currentFolder),
                Capabilities = List(settings["Worker:Capabilities"]),
                Environments = [.. List(settings["Worker:Environments"] ?? "dev").Select(ReadEnvironment)],
                Segment = settings["Worker:Segment"] ?? "local",
                MaxConcurrency = (int)(ReadNumber("--max-concurrency", settings["Worker:Max_Concurrency"]) ?? 4),
                OutputLimitBytes = ReadNumber("CAVRA_OUTPUT__LIMIT", settings["Output:Limit"]) ?? Execution.OutputPump.DefaultLimitBytes,
                MacAssumed = string.Equals(settings["Sandbox:Mac"], "available", StringComparison.OrdinalIgnoreCase),
                NoopExecutor = noop,
            },
        };
    }

    private static (Dictionary<string, string> Values, string? Config, bool Noop) Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        string? config = null;
        var noop = false;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--bench-noop-executor")
            {
                noop = true;
                continue;
            }

            if (i + 1 == args.Length || (args[i] != "--config" && !Arguments.ContainsKey(args[i])))
                throw new AgentStartException(i + 1 == args.Length ? $"{args[i]} needs a value" : $"unknown option {args[i]}");
            if (args[i] == "--config")
                config = args[++i];
            else
                values[Arguments[args[i]]] = args[++i];
        }

        return (values, config, noop);
    }

    private static Uri ReadApi(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var api) && api.Scheme == Uri.UriSchemeHttps
            ? api
            : throw new AgentStartException("--api is missing or no https address: the orchestrator's agent port, e.g. https://127.0.0.1:8443");

    private static bool IsLoopback(Uri api) => api.IsLoopback || (IPAddress.TryParse(api.Host, out var address) && IPAddress.IsLoopback(address));

    private static ImmutableArray<string> List(string? text) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static TargetEnvironment ReadEnvironment(string text) => text switch
    {
        "dev" => TargetEnvironment.Dev,
        "staging" => TargetEnvironment.Staging,
        "prod" => TargetEnvironment.Prod,
        _ => throw new AgentStartException($"--environments: '{text}' is none of dev, staging, prod"),
    };

    private static long? ReadNumber(string name, string? text) =>
        text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new AgentStartException($"{name}: '{text}' is not a whole number");

    private static TimeSpan? ReadDuration(string name, string? text)
    {
        if (text is null)
            return null;
        return Runbooks.DurationText.TryParse(text, out var duration) && duration > TimeSpan.Zero
            ? duration
            : throw new AgentStartException($"{name}: '{text}' is not a duration (5s, 1m30s, 00:00:05)");
    }

    private static string At(string path, string currentFolder) => Path.GetFullPath(path, currentFolder);
}
