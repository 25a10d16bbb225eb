using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Cavra.Actors.Storage.LocalServer;
using Cavra.Actors.Storage.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cavra.Actors.Testing.Postgres;

/// <summary>
/// One PostgreSQL for all test processes of a working copy: the first starts it, a watchdog ends it a minute after the last has gone. Not
/// safe against a power cut, so it is fast; a killed process loses nothing all the same.
/// </summary>
internal sealed class SharedPostgres
{
    private static readonly Lock Gate = new();
    private static Task<SharedPostgres>? instance;
    private readonly PrivateCluster _cluster;
    private readonly string _template;

    private SharedPostgres(PrivateCluster cluster, string template)
    {
        _cluster = cluster;
        _template = template;
    }

    internal static Task<SharedPostgres> GetAsync()
    {
        lock (Gate) return instance ??= Task.Run(StartAsync);
    }

    internal string ConnectionString(string role, string database) => _cluster.ConnectionString(role, database);

    internal async Task CreateDatabaseAsync(string name, bool migrated)
        => await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {(migrated ? _template : "template0")}");

    internal async Task DropDatabaseAsync(string name) => await ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    private static async Task<SharedPostgres> StartAsync()
    {
        var directory = Path.Combine(Path.GetTempPath(), "cavra-tests-" + WorkingCopyKey());
        using var held = await FileLock.TakeAsync(directory + ".lock");
        Directory.CreateDirectory(Path.Combine(directory, "users"));
        await File.WriteAllTextAsync(Path.Combine(directory, "users", $"{Environment.ProcessId}"), "");
        var options = new PrivateClusterOptions { DataDirectory = directory, Shared = true, Durable = false, MaxConnections = 400 };
        var cluster = await PrivateCluster.StartAsync(options, NullLogger.Instance, TimeProvider.System);
        var shared = new SharedPostgres(cluster, "template_" + Migrations.Fingerprint);
        await shared.EnsureTemplateAsync();
        if (!cluster.WasAdopted) StartWatchdog(directory, cluster.Home);
        return shared;
    }

    private async Task EnsureTemplateAsync()
    {
        await using var connection = await OpenAsync();
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        exists.Parameters.Add(new() { Value = _template });
        if (await exists.ExecuteScalarAsync() is not null) return;
        // Made under another name and renamed, so that a half-made template is never used.
        await ExecuteAsync("DROP DATABASE IF EXISTS template_draft WITH (FORCE)");
        await ExecuteAsync("CREATE DATABASE template_draft TEMPLATE template0");
        await Migrations.ApplyAsync(
            ConnectionString("cavra_owner", "template_draft") + ";Pooling=false", NullLogger.Instance, CancellationToken.None);
        await ExecuteAsync($"ALTER DATABASE template_draft RENAME TO {_template}");
    }

    private async Task ExecuteAsync(string statement)
    {
        await using var connection = await OpenAsync();
#pragma warning disable CA2100 // Names made here.
        await using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString("cavra_owner", "postgres") + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    // A shell outlives the test host, however that ends.
    private static void StartWatchdog(string directory, string home)
    {
        const string script = """
            idle=0
            while sleep 5; do
              busy=0
              for user in "$1"/users/*; do
                [ -e "$user" ] || continue
                if kill -0 "${user##*/}" 2>/dev/null; then busy=1; else rm -f "$user"; fi
              done
              if [ $busy = 1 ]; then idle=0; continue; fi
              idle=$((idle + 1))
              [ $idle -ge 12 ] || continue
              exec 9>"$1.lock"
              flock -n 9 || { idle=0; continue; }
              for user in "$1"/users/*; do [ -e "$user" ] && { idle=0; continue 2; }; done
              pid=$(head -n 1 "$2/pgdata/postmaster.pid" 2>/dev/null)
              [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null && while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
              rm -rf "$1" "$2"
              exit 0
            done
            """;
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var argument in new[] { "sh", "-c", "( " + script + "\n ) >/dev/null 2>&1 </dev/null &", "cavra-tests", directory, home })
            start.ArgumentList.Add(argument);
        using var shell = Process.Start(start);
        shell!.WaitForExit();
    }

    private static string WorkingCopyKey()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cavra.Actors.sln"))) folder = folder.Parent;
        var text = $"{Environment.UserName}|{folder?.FullName ?? AppContext.BaseDirectory}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }
}
