using Npgsql;
using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Schema;

/// <summary>What the daily roles may not do, whatever a bug makes them try.</summary>
public sealed class RightsTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [Theory]
    [InlineData("cavra_app", "execution_events")]
    [InlineData("cavra_app", "audit_log")]
    [InlineData("cavra_writer", "execution_events")]
    [InlineData("cavra_writer", "audit_log")]
    [InlineData("cavra_writer", "session_plans")]
    [InlineData("cavra_writer", "runbook_versions")]
    public async Task F06_AppRole_ChangeHistory_Refused(string role, string table)
    {
        foreach (var statement in new[] { $"UPDATE {table} SET tenant_id = 'x'", $"DELETE FROM {table}", $"TRUNCATE {table}", $"DROP TABLE {table}", $"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" })
        {
            var error = await Should.ThrowAsync<PostgresException>(() => fixture.ScalarAsync(statement, role));
            error.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, statement);
        }
    }

    [Theory]
    [InlineData("INSERT INTO audit_log (tenant_id, at, actor, action, object, outcome) VALUES ('demo', now(), 'a', 'b', 'c', 'ok')")]
    [InlineData("UPDATE execution_sessions SET state = 'completed'")]
    [InlineData("DELETE FROM execution_sessions")]
    [InlineData("SELECT * FROM reminders")]
    [InlineData("CREATE TABLE x (n int)")]
    [InlineData("SELECT nextval('session_ids')")]
    public async Task Reader_Write_Refused(string statement)
        => (await Should.ThrowAsync<PostgresException>(() => fixture.ScalarAsync(statement, "cavra_app"))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);

    [Theory]
    [InlineData("execution_sessions")]
    [InlineData("execution_steps")]
    [InlineData("execution_events")]
    [InlineData("session_plans")]
    [InlineData("idempotency_keys")]
    [InlineData("audit_log")]
    public async Task Reader_QueryThatForgotTheTenant_SeesOnlyItsOwn(string table)
    {
        foreach (var tenant in new[] { "red", "blue" })
            await fixture.Storage.Journal.Append(Create(NewSession(), tenant: new(tenant), mark: new($"rls-{table}", "b", "r")) with
            {
                Audit = [new(DateTimeOffset.UnixEpoch, "a", new(tenant), "x", "y", "ok", null, null)],
            });
        (await SeenAsync("red")).ShouldBe(["red"]);
        (await SeenAsync("blue")).ShouldBe(["blue"]);
        (await SeenAsync("nobody")).ShouldBeEmpty();
        (await SeenAsync("")).ShouldBeEmpty();
        (await SeenAsync(null)).ShouldBeEmpty();

        async Task<List<string>> SeenAsync(string? tenant)
        {
            await using var connection = await fixture.ConnectAsync("cavra_app");
            await using var transaction = await connection.BeginTransactionAsync();
            if (tenant is not null)
            {
                await using var set = new NpgsqlCommand("SELECT set_config('app.tenant', $1, true)", connection) { Parameters = { new() { Value = tenant } } };
                await set.ExecuteNonQueryAsync();
            }
            await using var command = new NpgsqlCommand($"SELECT DISTINCT tenant_id FROM {table}", connection);
            await using var reader = await command.ExecuteReaderAsync();
            var seen = new List<string>();
            while (await reader.ReadAsync()) seen.Add(reader.GetString(0));
            return seen;
        }
    }

    [Fact]
    public async Task EveryTableWithATenant_HasRowLevelSecurity()
        => (await fixture.ScalarAsync("""
            SELECT string_agg(c.relname, ',') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('tenant_id', 'tenants')
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity
            """)).ShouldBe(DBNull.Value);

    [Fact]
    public async Task ConfiguredLogin_Reads_AsTheLesserRole()
    {
        // As with CAVRA_DATABASE: one login, a superuser here, that takes on the roles.
        await using var connections = new Connections.StorageConnections(_ => (fixture.Database.OwnerConnectionString, true), new());
        (await RoleAsync(connections.Reads)).ShouldBe("cavra_app");
        (await RoleAsync(connections.Reads)).ShouldBe("cavra_app", "a connection that came back from the pool");
        (await RoleAsync(connections.Store)).ShouldBe("cavra_writer");
        await using var append = await connections.OpenAppendAsync(default);
        await using var command = new NpgsqlCommand("SELECT current_user", append);
        (await command.ExecuteScalarAsync()).ShouldBe("cavra_writer");
    }

    private static async Task<object?> RoleAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("SELECT current_user::text");
        return await command.ExecuteScalarAsync();
    }
}
