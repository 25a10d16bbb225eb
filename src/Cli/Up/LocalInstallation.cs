using System.Globalization;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary>The programs of one local installation: how each is started, and where its files are.</summary>
internal sealed class LocalInstallation(CliContext context, UpSettings settings, Programs programs)
{
    private readonly string _dotnet = Environment.ProcessPath ?? "dotnet";
    private int _apiPort = settings.ApiPort;
    private int _agentPort = settings.AgentPort;

    internal DataDirectory Data => settings.Data;

    internal UpSettings Settings => settings;

    internal string? Runbooks => programs.Runbooks;

    internal ChildProgram Api() => new("API", [_dotnet, programs.ApiHost, .. Config()], ErrorFile("api"))
    {
        Variables = Common().Append(new("CAVRA_API_PORT", Text(_apiPort))).Append(new("CAVRA_AGENT_PORT", Text(_agentPort))).ToDictionary(),
    };

    internal ChildProgram Worker(int number, DevFile dev)
    {
        var id = DataDirectory.LocalWorkerId(number);
        var folder = Data.Worker(id);
        return new ChildProgram(
            "worker " + id,
            [
                _dotnet, programs.WorkerAgent, .. Config(),
                "--name", id,
                "--api", dev.Agent,
                "--cert", Path.Combine(folder, "worker.crt"),
                "--key", Path.Combine(folder, "worker.key"),
                "--ca", Path.Combine(folder, "ca.crt"),
                "--data", Path.Combine(folder, "data"),
                "--capabilities", "shell,postgres,openssl",
                "--environments", "dev,staging,prod",
                "--segment", "local",
                "--max-concurrency", "4",
                "--log", Path.Combine(Data.Logs, string.Create(CultureInfo.InvariantCulture, $"worker-{number}.log")),
            ],
            ErrorFile(string.Create(CultureInfo.InvariantCulture, $"worker-{number}")))
        {
            Variables = Common().ToDictionary(),
        };
    }

    /// <summary>A free port that was picked stays: clients keep their address when the API is started again.</summary>
    internal void KeepPorts(DevFile dev)
    {
        _apiPort = new Uri(dev.Api).Port;
        _agentPort = new Uri(dev.Agent).Port;
    }

    /// <summary>The private PostgreSQL's postmaster; 0 when there is none.</summary>
    internal int Postmaster()
    {
        try
        {
            // The server's files may lie elsewhere when its user cannot enter the data directory; the host notes where.
            var noted = Path.Combine(Data.Root, "postgres.location");
            var home = File.Exists(noted) ? File.ReadAllText(noted).Trim() : Path.Combine(Data.Root, "postgres");
            var first = File.ReadLines(Path.Combine(home, "pgdata", "postmaster.pid")).FirstOrDefault();
            return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Signals.Runs(pid, "postgres") ? pid : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string[] Config() => settings.ConfigFile is { } file ? ["--config", file] : [];

    private string ErrorFile(string name) => Path.Combine(Data.Logs, name + ".err");

    private IEnumerable<KeyValuePair<string, string>> Common()
    {
        yield return new("CAVRA_DATA", Data.Root);
        yield return new("CAVRA_WORKERS", Text(settings.Workers));
        yield return new("CAVRA_SANDBOX__MAC", context.Variable("CAVRA_SANDBOX__MAC") ?? "available");
        // Their standard output goes nowhere; the log files have it all.
        yield return new("CAVRA_LOG_STDOUT", "off");
    }
}
