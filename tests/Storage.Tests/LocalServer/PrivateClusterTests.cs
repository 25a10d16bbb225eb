using System.Diagnostics;
using Cavra.Actors.Storage.LocalServer;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cavra.Actors.Storage.Tests.LocalServer;

/// <summary>A real server from the installed programs; as root it runs as another user.</summary>
public sealed class PrivateClusterTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly string _data = Directory.CreateTempSubdirectory("cavra-pg-").FullName;

    public Task InitializeAsync()
    {
        File.SetUnixFileMode(_data, (UnixFileMode)0b111_001_001);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await PrivateCluster.RemoveAsync(_data, NullLogger.Instance, TimeProvider.System);
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task EmptyDirectory_StartStopStart_KeepsTheData()
    {
        await using (var first = await StartAsync())
        {
            first.WasAdopted.ShouldBeFalse();
            await ExecuteAsync(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
            (await ScalarAsync(first, "SHOW listen_addresses")).ShouldBe("");
            (await ScalarAsync(first, "SHOW data_checksums")).ShouldBe("on");
            (await ScalarAsync(first, "SHOW fsync")).ShouldBe("on");
            File.GetUnixFileMode(first.SocketDirectory).ShouldBe((UnixFileMode)0b111_000_000);
            OwnerOf(first.ProcessId).ShouldNotBe(0, "a server must not run as root");
        }

        await using var second = await StartAsync();
        (await ScalarAsync(second, "SELECT n FROM kept")).ShouldBe(7);
    }

    [Fact]
    public async Task HostKilled_StartAgain_AdoptsTheRunningServer()
    {
        // A shared cluster keeps running, as the server does when its host is killed.
        var before = await StartAsync(o => o with { Shared = true });
        await before.DisposeAsync();
        await using var after = await StartAsync();
        after.WasAdopted.ShouldBeTrue();
        after.ProcessId.ShouldBe(before.ProcessId);
        (await ScalarAsync(after, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task StalePidOfAnotherProcess_Start_Starts()
    {
        await using (var first = await StartAsync())
            File.Copy(Path.Combine(first.Home, "pgdata", "postmaster.pid"), Path.Combine(first.Home, "saved.pid"));
        var home = Path.Combine(_data, "postgres");
        var lines = await File.ReadAllLinesAsync(Path.Combine(home, "saved.pid"));
        // The pid has been given to a process that lives and is no server: this one.
        lines[0] = Environment.ProcessId.ToString();
        await File.WriteAllLinesAsync(Path.Combine(home, "pgdata", "postmaster.pid"), lines);
        await File.WriteAllLinesAsync(Path.Combine(home, "run", ".s.PGSQL.5432.lock"), lines);

        await using var second = await StartAsync();
        second.WasAdopted.ShouldBeFalse();
        (await ScalarAsync(second, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task F01_ServerKilledUnderRunningHost_StartedAgainByItself()
    {
        await using var cluster = await StartAsync();
        await ExecuteAsync(cluster, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
        var restarted = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Restarted += (_, e) => restarted.TrySetResult(e.ProcessId);
        var before = cluster.ProcessId;
        using (var server = Process.GetProcessById(before)) server.Kill();

        (await restarted.Task.WaitAsync(Bound)).ShouldBe(cluster.ProcessId);
        cluster.ProcessId.ShouldNotBe(before);
        (await ScalarAsync(cluster, "SELECT n FROM kept")).ShouldBe(7);
    }

    [Fact]
    public async Task SecondHostOnTheSameDirectory_Start_RefusedWithAdvice()
    {
        await using var cluster = await StartAsync();
        var error = await Should.ThrowAsync<StorageStartException>(() => StartAsync());
        error.Code.ShouldBe("data_directory_in_use");
        error.Message.ShouldContain("CAVRA_DATA");
    }

    [Fact]
    public async Task BrokenConfiguration_Start_ShowsTheServersLastWords()
    {
        await using (var cluster = await StartAsync())
            await File.AppendAllTextAsync(Path.Combine(cluster.Home, "pgdata", "postgresql.conf"), "no_such_setting = 1\n");
        var error = await Should.ThrowAsync<StorageStartException>(() => StartAsync());
        error.Code.ShouldBe("server_start_failed");
        error.Message.ShouldContain("no_such_setting");
    }

    [Fact]
    public async Task LongPathWithBlanks_Start_UsesAShortSocketFolder()
    {
        var deep = Path.Combine(_data, string.Concat(Enumerable.Repeat("a long folder ", 7)).Trim());
        try
        {
            await using var cluster = await StartAsync(o => o with { DataDirectory = deep });
            cluster.Home.ShouldStartWith(deep);
            cluster.SocketDirectory.ShouldStartWith("/");
            cluster.SocketDirectory.Length.ShouldBeLessThan(60);
            (await ScalarAsync(cluster, "SELECT 1")).ShouldBe(1);
        }
        finally
        {
            await PrivateCluster.RemoveAsync(deep, NullLogger.Instance, TimeProvider.System);
        }
    }

    [Fact]
    public async Task DirectoryClosedToTheServersUser_Start_ChoosesAnotherPlaceAndSaysSo()
    {
        if (!Environment.IsPrivilegedProcess) return; // Without root the server runs as the caller, to whom nothing is closed.
        var closed = Directory.CreateDirectory(Path.Combine(_data, "closed"), (UnixFileMode)0b111_000_000).FullName;
        try
        {
            await using (var cluster = await StartAsync(o => o with { DataDirectory = closed }))
            {
                cluster.Note.ShouldNotBeNull().ShouldContain(cluster.Home);
                cluster.Home.ShouldNotStartWith(closed);
                await ExecuteAsync(cluster, "CREATE TABLE kept (n int)");
            }
            await using var again = await StartAsync(o => o with { DataDirectory = closed });
            (await ScalarAsync(again, "SELECT count(*) FROM kept")).ShouldBe(0L);
        }
        finally
        {
            await PrivateCluster.RemoveAsync(closed, NullLogger.Instance, TimeProvider.System);
        }
    }

    private Task<PrivateCluster> StartAsync(Func<PrivateClusterOptions, PrivateClusterOptions>? change = null)
    {
        var options = new PrivateClusterOptions { DataDirectory = _data };
        return PrivateCluster.StartAsync(change?.Invoke(options) ?? options, NullLogger.Instance, TimeProvider.System);
    }

    private static async Task ExecuteAsync(PrivateCluster cluster, string sql) => await ScalarAsync(cluster, sql);

    private static async Task<object?> ScalarAsync(PrivateCluster cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(cluster.OwnerConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static int OwnerOf(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal));
        return int.Parse(line.Split('\t')[1]);
    }
}
