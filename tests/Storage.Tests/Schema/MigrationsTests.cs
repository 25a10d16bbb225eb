using Cavra.Actors.Storage.Schema;
using Cavra.Actors.Testing.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cavra.Actors.Storage.Tests.Schema;

public sealed class MigrationsTests
{
    [Fact]
    public async Task EmptyDatabase_Apply_MakesEveryTable()
    {
        await using var database = await TestDatabase.CreateAsync(migrated: false);
        await ApplyAsync(database);
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", connection);
        ((long)(await command.ExecuteScalarAsync())!).ShouldBeGreaterThan(15);
    }

    [Fact]
    public async Task AppliedBefore_ApplyAgain_ChangesNothing()
    {
        await using var database = await TestDatabase.CreateAsync();
        await ApplyAsync(database);
        (await CountAsync(database)).ShouldBe(Migrations.Embedded.Count);
    }

    [Fact]
    public async Task EightProgramsAtOnce_Apply_EachMigrationOnce()
    {
        await using var database = await TestDatabase.CreateAsync(migrated: false);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ApplyAsync(database))));
        (await CountAsync(database)).ShouldBe(Migrations.Embedded.Count);
    }

    [Fact]
    public async Task DatabaseOfNewerProgram_Apply_RefusedWithItsName()
    {
        await using var database = await TestDatabase.CreateAsync();
        await ExecuteAsync(database, "INSERT INTO schema_migrations (version, name, checksum) VALUES (9000, '9000_future', 'x')");
        var error = await Should.ThrowAsync<StorageStartException>(() => ApplyAsync(database));
        error.Code.ShouldBe("database_newer");
        error.Message.ShouldContain("9000_future");
    }

    [Fact]
    public async Task MigrationChangedAfterwards_Apply_Refused()
    {
        await using var database = await TestDatabase.CreateAsync();
        await ExecuteAsync(database, "UPDATE schema_migrations SET checksum = 'other' WHERE version = 1");
        (await Should.ThrowAsync<StorageStartException>(() => ApplyAsync(database))).Code.ShouldBe("migration_changed");
    }

    [Fact]
    public async Task FailingMigration_Apply_KeepsNothingOfIt()
    {
        await using var database = await TestDatabase.CreateAsync(migrated: false);
        var migration = new Migration(1, "0001_bad", "CREATE TABLE kept (a int); SELECT 1/0;", "c");
        var error = await Should.ThrowAsync<StorageStartException>(
            () => Migrations.ApplyAsync(database.OwnerConnectionString, [migration], NullLogger.Instance, CancellationToken.None));
        error.Code.ShouldBe("migration_failed");
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand("SELECT to_regclass('kept') IS NULL", connection);
        (await command.ExecuteScalarAsync()).ShouldBe(true);
    }

    [Fact]
    public async Task NoSuchDatabase_Apply_SaysCreateIt()
    {
        await using var database = await TestDatabase.CreateAsync();
        var absent = new NpgsqlConnectionStringBuilder(database.OwnerConnectionString) { Database = "absent" }.ConnectionString;
        var error = await Should.ThrowAsync<StorageStartException>(() => Migrations.ApplyAsync(absent, NullLogger.Instance, CancellationToken.None));
        error.Code.ShouldBe("database_missing");
        error.Message.ShouldContain("createdb");
    }

    [Theory]
    [InlineData("Host=/nonexistent;Database=x;Username=y", "database_unreachable")]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Username=y;Password=hunter2", "database_unreachable")]
    [InlineData("this is no connection string", "database_setting_invalid")]
    public async Task BadSetting_Apply_SaysWhatToDoWithoutThePassword(string connectionString, string code)
    {
        var error = await Should.ThrowAsync<StorageStartException>(
            () => Migrations.ApplyAsync(connectionString, NullLogger.Instance, CancellationToken.None));
        error.Code.ShouldBe(code);
        error.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public void OlderServer_RequireVersion_NamesTheDebianPackage()
    {
        var error = Should.Throw<StorageStartException>(() => DatabaseCheck.RequireVersion(new Version(13, 4)));
        error.Code.ShouldBe("server_too_old");
        error.Message.ShouldContain("postgresql-15");
        Should.NotThrow(() => DatabaseCheck.RequireVersion(new Version(15, 0)));
    }

    private static Task ApplyAsync(TestDatabase database)
        => Migrations.ApplyAsync(database.OwnerConnectionString + ";Pooling=false", NullLogger.Instance, CancellationToken.None);

    private static async Task<NpgsqlConnection> OpenAsync(TestDatabase database)
    {
        var connection = new NpgsqlConnection(database.OwnerConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(TestDatabase database)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM schema_migrations", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
