using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using Cavra.Actors.Bench.Load;
using Npgsql;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>
/// The same unit on Restate and DBOS, installed from npm under a work folder: start over HTTP, three durable no-op steps, end; answered when the run has
/// ended. Restate runs its steps in a worker process of its own; DBOS is a library, so HTTP and workflow share one process, which favours it.
/// </summary>
internal sealed class Peers : IScenario
{
    public string Name => "peers";

    public async Task Run(BenchContext context, CancellationToken cancellation)
    {
        var folder = Path.Combine(Path.GetTempPath(), "cavra-bench-peers");
        await Install(folder, cancellation);
        await Restate(context, folder, cancellation);
        await Dbos(context, folder, cancellation);
        if (context.Value("wf3", "sessions/s at 64") is not { } ours) return;
        foreach (var peer in (string[])["restate", "dbos"])
        {
            if (context.Value(peer, "runs/s at 64") is { } theirs)
                context.Add(Name, $"times {peer} at 64", ours / theirs, "x", ">= 5", ours / theirs >= 5);
        }
    }

    private static async Task Install(string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var sources = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(sources.FullName, "Cavra.Actors.sln"))) sources = sources.Parent!;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(sources.FullName, "bench", "peers")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        if (Directory.Exists(Path.Combine(folder, "node_modules"))) return;
        using var npm = Start(folder, "npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], []);
        await npm.WaitForExitAsync(cancellation);
        if (npm.ExitCode != 0) throw new InvalidOperationException($"npm install of the peers failed; see {folder}/npm.log");
    }

    private static async Task Restate(BenchContext context, string folder, CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("cavra-restate-").FullName;
        var (ingress, admin, fabric, worker) = (FreePort(), FreePort(), FreePort(), FreePort());
        using var server = Start(folder, "node_modules/.bin/restate-server", [], new()
        {
            ["RESTATE_BASE_DIR"] = data,
            ["RESTATE_DISABLE_TELEMETRY"] = "true",
            ["RESTATE_LISTEN_MODE"] = "tcp",
            ["RESTATE_BIND_IP"] = "127.0.0.1",
            ["RESTATE_BIND_PORT"] = $"{fabric}",
            ["RESTATE_INGRESS__BIND_PORT"] = $"{ingress}",
            ["RESTATE_ADMIN__BIND_PORT"] = $"{admin}",
        });
        using var steps = Start(folder, "node", ["restate-worker.mjs", $"{worker}"], []);
        try
        {
            await AwaitPort(admin, cancellation);
            await AwaitPort(ingress, cancellation);
            await AwaitPort(worker, cancellation);
            using var http = new HttpClient();
            using var registered = await http.PostAsJsonAsync($"http://127.0.0.1:{admin}/deployments", new { uri = $"http://127.0.0.1:{worker}" }, cancellation);
            registered.EnsureSuccessStatusCode();
            await Measure(context, "restate", new Uri($"http://127.0.0.1:{ingress}"), "/runs/run", cancellation);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            steps.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task Dbos(BenchContext context, string folder, CancellationToken cancellation)
    {
        // Its own database in the same kind of PostgreSQL that ours uses.
        await using var installation = await BenchInstallation.Start(noop: true, workers: 0);
        var address = new NpgsqlConnectionStringBuilder(BenchDatabase.Owner(installation.Dev.Database));
        await using (var source = NpgsqlDataSource.Create(address.ConnectionString))
        await using (var create = source.CreateCommand("create database dbos_bench"))
            await create.ExecuteNonQueryAsync(cancellation);
        var port = FreePort();
        var password = string.IsNullOrEmpty(address.Password) ? "" : ":" + Uri.EscapeDataString(address.Password);
        using var process = Start(folder, "node", ["dbos-worker.mjs", $"{port}"], new()
        {
            ["DBOS_DATABASE"] = $"postgresql://{address.Username}{password}@localhost/dbos_bench?host={Uri.EscapeDataString(address.Host!)}&port={address.Port}",
        });
        try
        {
            await AwaitPort(port, cancellation);
            await Measure(context, "dbos", new Uri($"http://127.0.0.1:{port}"), "/", cancellation);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task Measure(BenchContext context, string peer, Uri address, string path, CancellationToken cancellation)
    {
        byte[] Request(int client, long n) => HttpConnection.Post(address, path, $"\"BENCH-{client}-{n}\"");
        await ClosedLoop.Run(address, 16, context.Duration / 2, Request, Check, cancellation);
        foreach (var clients in (int[])[1, 64])
        {
            var (perSecond, latencies) = await ClosedLoop.Run(address, clients, context.Duration, Request, Check, cancellation);
            context.Add(peer, $"runs/s at {clients}", perSecond, "1/s");
            context.Add(peer, $"p50 at {clients}", latencies.Percentile(50), "ms");
            context.Add(peer, $"p99 at {clients}", latencies.Percentile(99), "ms");
        }
    }

    private static void Check(int status, ReadOnlyMemory<byte> body)
    {
        if (status != 200 || body.Span.IndexOf("completed"u8) < 0) throw new InvalidOperationException($"the peer answered {status}: {System.Text.Encoding.UTF8.GetString(body.Span)}");
    }

    private static Process Start(string folder, string program, string[] arguments, Dictionary<string, string> environment)
    {
        var log = Path.Combine(folder, Path.GetFileName(program) + ".log");
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=\"$1\"; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments]) { WorkingDirectory = folder };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task AwaitPort(int port, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await tick.WaitForNextTickAsync(bound.Token))
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port, bound.Token);
                return;
            }
            catch (SocketException)
            {
                // Not listening yet.
            }
        }
    }
}
