using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Testing;

/// <summary>
/// The real API host and real workers as processes of their own, on free ports and a data directory of their own: what <c>./cavra up</c> starts, without
/// its supervisor, so that a test may kill any of them and start it again.
/// </summary>
public sealed class RunningInstallation : IAsyncDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);
    private readonly Dictionary<string, string> _environment;
    private readonly string _configuration;
    private int _apiPort;
    private int _agentPort;

    private RunningInstallation(DataDirectory data, Dictionary<string, string> environment)
    {
        Data = data;
        _environment = environment;
        _configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}debug", StringComparison.Ordinal) ? "debug" : "release";
    }

    /// <summary>The data directory; removed at the end.</summary>
    public DataDirectory Data { get; }

    /// <summary>The API host's process; replaced by <see cref="StartApi"/>.</summary>
    public Process Api { get; private set; } = null!;

    /// <summary>The workers' processes by id.</summary>
    public Dictionary<string, Process> Workers { get; } = [];

    /// <summary>The addresses and tokens.</summary>
    public DevFile Dev { get; private set; } = null!;

    /// <summary>Starts an API host and so many workers; ready when it returns.</summary>
    public static async Task<RunningInstallation> Start(int workers = 1, IReadOnlyDictionary<string, string>? environment = null, params string[] workerArguments)
    {
        var data = new DataDirectory(Directory.CreateTempSubdirectory("cavra-").FullName);
        File.SetUnixFileMode(data.Root, File.GetUnixFileMode(data.Root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var all = new Dictionary<string, string>(environment ?? ImmutableDictionary<string, string>.Empty)
        {
            ["CAVRA_DATA"] = data.Root,
            ["CAVRA_WORKERS"] = workers.ToString(),
            ["CAVRA_SANDBOX__MAC"] = "available",
        };
        var installation = new RunningInstallation(data, all);
        try
        {
            await installation.StartApi();
            for (var n = 1; n <= workers; n++) installation.StartWorker(DataDirectory.LocalWorkerId(n), workerArguments);
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }

        return installation;
    }

    /// <summary>Starts the API host (again) on the same ports and waits until it is ready.</summary>
    public async Task StartApi()
    {
        File.Delete(Data.DevFile);
        Api = Launch("ApiHost", "api", new() { ["CAVRA_API_PORT"] = $"{_apiPort}", ["CAVRA_AGENT_PORT"] = $"{_agentPort}" }, []);
        var clock = Stopwatch.StartNew();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if (Api.HasExited) throw new InvalidOperationException($"the API host ended with {Api.ExitCode}:\n{LogTail("api")}");
            if (clock.Elapsed > StartBound) throw new TimeoutException($"the API host was not ready within {StartBound}:\n{LogTail("api")}");
            if (DevFile.Read(Data.DevFile) is { } dev && await IsReady(http, dev))
            {
                Dev = dev;
                (_apiPort, _agentPort) = (new Uri(dev.Api).Port, new Uri(dev.Agent).Port);
                return;
            }

            await tick.WaitForNextTickAsync();
        }
    }

    /// <summary>Starts a worker (again).</summary>
    public Process StartWorker(string id, params string[] arguments)
    {
        var keys = Data.Worker(id);
        return Workers[id] = Launch("WorkerAgent", id, [], [
            "--name", id, "--api", Dev.Agent,
            "--cert", Path.Combine(keys, "worker.crt"), "--key", Path.Combine(keys, "worker.key"), "--ca", Path.Combine(keys, "ca.crt"),
            "--data", Path.Combine(keys, "data"), "--capabilities", "shell,postgres,openssl", "--environments", "dev,staging,prod", "--segment", "local",
            "--log", Path.Combine(Data.Logs, id + ".log"), .. arguments]);
    }

    /// <summary>A client with one of dev.json's tokens.</summary>
    public HttpClient Client(string token = "operator")
    {
#pragma warning disable CA2000 // The client owns its handler.
        var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 }) { BaseAddress = new Uri(Dev.Api), Timeout = TimeSpan.FromSeconds(100) };
#pragma warning restore CA2000
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Dev.Tokens[token]);
        return http;
    }

    /// <summary>Sends a signal, e.g. <c>KILL</c>, <c>STOP</c>.</summary>
    public static void Signal(Process process, string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", $"{process.Id}"]) { RedirectStandardError = true, UseShellExecute = false })!;
        kill.WaitForExit();
    }

    /// <summary>The last lines that a process wrote.</summary>
    public string LogTail(string name)
    {
        var path = Path.Combine(Data.Root, name + ".out");
        return File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(30)) : "(no output)";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in Workers.Values) Signal(worker, "KILL");
        if (Api is { HasExited: false })
        {
            Signal(Api, "TERM");
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await Api.WaitForExitAsync(bound.Token);
            }
            catch (OperationCanceledException)
            {
                Api.Kill(entireProcessTree: true);
            }
        }

        await KillPostgres();
        Directory.Delete(Data.Root, recursive: true);
    }

    // The host stops its PostgreSQL; one whose host was killed is still there.
    private async Task KillPostgres()
    {
        var found = Directory.EnumerateFiles(Data.Root, "postmaster.pid", SearchOption.AllDirectories).FirstOrDefault();
        if (found is null || !int.TryParse(File.ReadLines(found).FirstOrDefault(), out var pid)) return;
        try
        {
            using var postmaster = Process.GetProcessById(pid);
            Signal(postmaster, "QUIT");
            await postmaster.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (ArgumentException)
        {
            // Ended meanwhile.
        }
    }

    private static async Task<bool> IsReady(HttpClient http, DevFile dev)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(new Uri(dev.Api), "/readyz"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Process Launch(string project, string name, Dictionary<string, string> environment, string[] arguments)
    {
        var assembly = Path.Combine(RepositoryRoot(), "artifacts", "embedded", "bin", project, _configuration, $"Cavra.Actors.{project}.dll");
        if (!File.Exists(assembly)) throw new FileNotFoundException("not built: run ./cavra up or dotnet build first", assembly);
        // A file, not a pipe: a killed parent must not block its children, and the output is there to read afterwards.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "out=\"$1\"; shift; exec \"$@\" >>\"$out\" 2>&1 </dev/null", "sh", Path.Combine(Data.Root, name + ".out"), "dotnet", assembly, .. arguments]);
        foreach (var (key, value) in _environment.Concat(environment)) start.Environment[key] = value;
        return Process.Start(start)!;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cavra.Actors.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("run inside the repository");
    }
}
