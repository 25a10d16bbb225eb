using System.Net.Sockets;
using System.Text;
using Cavra.Actors.Storage.LocalServer;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cavra.Actors.Storage.Tests.LocalServer.Triage;

/// <summary>The socket that runbook steps get, on a real server.</summary>
public sealed class TriageDoorTests(TriageDoorTests.RunningCluster running) : IClassFixture<TriageDoorTests.RunningCluster>
{
    [Fact]
    public async Task Role_ThroughTheDoor_SeesAndEndsItsOwnSessions()
    {
        await using var slow = await running.ConnectAsync("cavra_triage", "postgres");
        await using var look = await running.ConnectAsync("cavra_triage", "postgres");
        var pid = slow.ProcessID;

        var sleeping = new NpgsqlCommand("SELECT pg_sleep(600)", slow).ExecuteNonQueryAsync();
        (await ScalarAsync(look, $"SELECT pg_terminate_backend({pid}, 10000)")).ShouldBe(true);

        var ended = await Should.ThrowAsync<NpgsqlException>(() => sleeping.WaitAsync(TimeSpan.FromSeconds(30)));
        ended.ShouldNotBeNull();
        (await ScalarAsync(look, $"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}")).ShouldBe(0L);
    }

    [Theory]
    [InlineData("CREATE TABLE public.mine (n int)")]
    [InlineData("CREATE TEMP TABLE mine (n int)")]
    [InlineData("SET default_transaction_read_only = off; CREATE SCHEMA mine")]
    [InlineData("CREATE ROLE mine")]
    [InlineData("SET ROLE cavra_owner")]
    [InlineData("SELECT pg_read_file('postgresql.conf')")]
    public async Task Role_ThroughTheDoor_MayChangeNothing(string sql)
    {
        await using var connection = await running.ConnectAsync("cavra_triage", "postgres");

        var refused = await Should.ThrowAsync<PostgresException>(() => ScalarAsync(connection, sql));

        refused.SqlState.ShouldBeOneOf("42501", "25006");
    }

    [Theory]
    [InlineData("cavra_owner", "postgres")]
    [InlineData("cavra_owner", "cavra")]
    [InlineData("cavra_triage", "cavra")]
    public async Task AnyoneElse_AtTheDoor_IsRefused(string role, string database)
    {
        var refused = await Should.ThrowAsync<PostgresException>(() => running.ConnectAsync(role, database));

        refused.SqlState.ShouldBe("28000");
    }

    [Theory]
    [InlineData("user\0cavra_triage\0database\0postgres\0user\0cavra_owner\0\0")]
    [InlineData("user\0cavra_triage\0database\0postgres\0replication\0true\0\0")]
    [InlineData("user\0cavra_triage\0database\0postgres\0options\0-c role=cavra_owner\0\0")]
    public async Task Startup_WithMoreThanAClientNeeds_GetsNoSession(string parameters)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(running.Folder, ".s.PGSQL.5432")));
        var body = Encoding.ASCII.GetBytes(parameters);
        byte[] packet = [.. BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(body.Length + 8)), 0, 3, 0, 0, .. body];
        await socket.SendAsync(packet);

        var answer = new byte[1024];
        var count = await socket.ReceiveAsync(answer).WaitAsync(TimeSpan.FromSeconds(30));

        Encoding.ASCII.GetString(answer, 0, count).ShouldNotStartWith("R");
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Constant texts of this file.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }

    public sealed class RunningCluster : IAsyncLifetime
    {
        private readonly string _data = Directory.CreateTempSubdirectory("cavra-tri-").FullName;
        private PrivateCluster? _cluster;

        public string Folder => Path.Combine(_data, "triage");

        public async Task InitializeAsync()
        {
            File.SetUnixFileMode(_data, (UnixFileMode)0b111_001_001);
            _cluster = await PrivateCluster.StartAsync(new PrivateClusterOptions { DataDirectory = _data, Durable = false }, NullLogger.Instance, TimeProvider.System);
        }

        public async Task<NpgsqlConnection> ConnectAsync(string role, string database)
        {
            var text = new NpgsqlConnectionStringBuilder { Host = Folder, Username = role, Database = database, Pooling = false }.ConnectionString;
            var connection = new NpgsqlConnection(text);
            await connection.OpenAsync();
            return connection;
        }

        public async Task DisposeAsync()
        {
            if (_cluster is not null) await _cluster.DisposeAsync();
            await PrivateCluster.RemoveAsync(_data, NullLogger.Instance, TimeProvider.System);
            Directory.Delete(_data, recursive: true);
        }
    }
}
