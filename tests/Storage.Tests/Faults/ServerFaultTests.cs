using System.Diagnostics;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.LocalServer;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Faults;

/// <summary>A server of one's own that is killed, stopped, or out of space.</summary>
public sealed class ServerFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);
    private readonly string _data = System.IO.Directory.CreateTempSubdirectory("cavra-fault-").FullName;
    private PrivateCluster? _cluster;

    public Task InitializeAsync()
    {
        File.SetUnixFileMode(_data, (UnixFileMode)0b111_001_001);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        await PrivateCluster.RemoveAsync(_data, NullLogger.Instance, TimeProvider.System);
        System.IO.Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task F01_ServerKilledUnderLoad_NoAcknowledgedAppendLostNoneDoubled()
    {
        _cluster = await StartAsync(shared: false);
        await using var storage = await OpenAsync(TimeSpan.FromSeconds(60));
        using var enough = new CancellationTokenSource();
        var appended = 0;
        var sessions = Enumerable.Range(0, 32).Select(async _ =>
        {
            var last = Create(NewSession());
            (await storage.Journal.Append(last)).Outcome.ShouldBe(AppendOutcome.Committed);
            while (!enough.IsCancellationRequested)
            {
                var next = After(last, 2);
                (await storage.Journal.Append(next)).Outcome.ShouldBe(AppendOutcome.Committed);
                last = next;
                Interlocked.Increment(ref appended);
            }
            return last;
        }).ToList();

        for (var kill = 0; kill < 3; kill++)
        {
            await UntilAsync(Volatile.Read(ref appended) + 200, () => Volatile.Read(ref appended));
            var restarted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void Heard(object? sender, PrivateClusterRestartedEventArgs e) => restarted.TrySetResult();
            _cluster.Restarted += Heard;
            using (var server = Process.GetProcessById(_cluster.ProcessId)) server.Kill();
            await restarted.Task.WaitAsync(Bound);
            _cluster.Restarted -= Heard;
        }
        await UntilAsync(Volatile.Read(ref appended) + 200, () => Volatile.Read(ref appended));
        await enough.CancelAsync();

        foreach (var last in await Task.WhenAll(sessions).WaitAsync(Bound))
        {
            var stored = (await storage.Journal.Load(last.Session))!.Events;
            stored.Select(e => e.EventId).ShouldBe(Enumerable.Range(1, (int)last.Events[^1].EventId).Select(n => (long)n));
            stored[^1].Hash.AsSpan().SequenceEqual(last.Events[^1].Hash.AsSpan()).ShouldBeTrue();
            (await storage.Chains.Check(last.Session)).ShouldBeNull();
        }
    }

    [Fact]
    public async Task ServerStopped_Append_UnavailableAfterItsBound_ThenGoesOn()
    {
        _cluster = await StartAsync(shared: true);
        await using var storage = await OpenAsync(TimeSpan.FromSeconds(1));
        var create = Create(NewSession());
        await storage.Journal.Append(create);
        await StopAsync(_cluster);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => storage.Journal.Append(Create(NewSession())).AsTask())).WaitAsync(Bound);
        results.ShouldAllBe(r => r.Outcome == AppendOutcome.Unavailable);
        await Should.ThrowAsync<StoreUnavailableException>(() => storage.Sessions.Head(create.Tenant, create.Session, default));
        await Should.ThrowAsync<StoreUnavailableException>(() => storage.PingAsync(default));
        (await storage.FeatureFlags.Save(new("f", null, true, "a", DateTimeOffset.UnixEpoch), new(DateTimeOffset.UnixEpoch, "a", new("t"), "b", "c", "ok", null, null)))
            .ShouldBe(AppendOutcome.Unavailable);

        _cluster = await StartAsync(shared: true);
        await AfterRecoveryAsync(storage, create);
        await StopAsync(_cluster);
    }

    [Fact]
    public async Task F02_ReadOnlyDatabase_Append_Unavailable_ThenGoesOnWithoutRepair()
    {
        _cluster = await StartAsync(shared: true);
        await using var storage = await OpenAsync(TimeSpan.FromSeconds(1));
        var create = Create(NewSession());
        await storage.Journal.Append(create);

        await ExecuteAsync("ALTER DATABASE cavra SET default_transaction_read_only = on", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cavra'");
        (await storage.Journal.Append(After(create))).Outcome.ShouldBe(AppendOutcome.Unavailable);
        await Should.ThrowAsync<StoreUnavailableException>(() => storage.Audit.Write(new(DateTimeOffset.UnixEpoch, "a", new("t"), "b", "c", "ok", null, null), default));

        await ExecuteAsync("ALTER DATABASE cavra RESET default_transaction_read_only", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cavra'");
        await AfterRecoveryAsync(storage, create);
        await StopAsync(_cluster);
    }

    [Fact]
    public async Task F02_DiskFull_Append_Unavailable_ThenGoesOnWithoutRepair()
    {
        _cluster = await StartAsync(shared: true);
        await using var storage = await OpenAsync(TimeSpan.FromSeconds(1));
        var create = Create(NewSession());
        await storage.Journal.Append(create);
        using var disk = SmallDisk.TryMount(_cluster);
        if (disk is null) return; // Mounting needs root.
        await ExecuteAsync(
            $"CREATE TABLESPACE small LOCATION '{disk.Directory}'", "ALTER TABLE execution_events SET TABLESPACE small", "CREATE TABLE filler (t text) TABLESPACE small",
            "ALTER TABLE filler ALTER t SET STORAGE EXTERNAL");
        var full = await Should.ThrowAsync<PostgresException>(() => ExecuteAsync("INSERT INTO filler SELECT repeat('x', 100000) FROM generate_series(1, 1000)"));
        full.SqlState.ShouldBe(PostgresErrorCodes.DiskFull);

        var big = Output(0, 1, "stdout", Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(400_000)));
        (await storage.Journal.Append(After(create, [.. Enumerable.Repeat(big, 20)]))).Outcome.ShouldBe(AppendOutcome.Unavailable);

        await ExecuteAsync("DROP TABLE filler", "CHECKPOINT");
        await AfterRecoveryAsync(storage, create);
        await ExecuteAsync("ALTER TABLE execution_events SET TABLESPACE pg_default", "DROP TABLESPACE small");
        await StopAsync(_cluster);
    }

    private Task<PrivateCluster> StartAsync(bool shared)
        => PrivateCluster.StartAsync(new() { DataDirectory = _data, Shared = shared, Durable = false }, NullLogger.Instance, TimeProvider.System);

    private Task<PostgresStorage> OpenAsync(TimeSpan appendTimeout)
        => PostgresStorage.OpenAsync(
            _cluster!, new() { AppendTimeout = appendTimeout, CommandTimeout = TimeSpan.FromSeconds(10) }, _ => null, TimeProvider.System, NullLoggerFactory.Instance);

    private static async Task AfterRecoveryAsync(PostgresStorage storage, SessionCommit create)
    {
        // The session is where it was: the append that was answered as unavailable can be made again.
        (await storage.Journal.Append(After(create))).Outcome.ShouldBe(AppendOutcome.Committed);
        (await storage.Journal.Append(Create(NewSession()))).Outcome.ShouldBe(AppendOutcome.Committed);
        (await storage.Chains.Check(create.Session)).ShouldBeNull();
        (await storage.Journal.Load(create.Session))!.Events.Length.ShouldBe(5);
    }

    private static async Task StopAsync(PrivateCluster cluster)
    {
        using var server = Process.GetProcessById(cluster.ProcessId);
        using var kill = Process.Start("kill", ["-INT", $"{cluster.ProcessId}"]);
        await server.WaitForExitAsync().WaitAsync(Bound);
    }

    private async Task ExecuteAsync(params string[] statements)
    {
        await using var connection = new NpgsqlConnection(
            _cluster!.OwnerConnectionString + ";Pooling=false;Options=-c default_transaction_read_only=off");
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task UntilAsync(int target, Func<int> count)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var bound = new CancellationTokenSource(Bound);
        while (count() < target) await tick.WaitForNextTickAsync(bound.Token);
    }
}
