using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Operations;

namespace Cavra.Actors.Storage.Tests.Operations;

public sealed class HousekeepingTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [Fact]
    public async Task KeysPastTheirDay_Sweep_RemovesThemAndNoOthers()
    {
        await fixture.ScalarAsync("""
            INSERT INTO idempotency_keys (tenant_id, key, route, body_digest, status, created_at)
            SELECT 't', 'k' || n, 'r', 'b', 200, now() - CASE WHEN n % 10 = 0 THEN interval '1 hour' ELSE interval '25 hours' END FROM generate_series(1, 12000) n
            """);
        await using var connections = new StorageConnections(role => (fixture.Database.ConnectionStringFor(role), false), new());
        await using var housekeeping = new Housekeeping(new(connections), TimeSpan.FromHours(24), TimeProvider.System);
        (await housekeeping.SweepAsync(default)).ShouldBe(10800);
        (await fixture.ScalarAsync("SELECT count(*) FROM idempotency_keys WHERE tenant_id = 't'")).ShouldBe(1200L);
    }
}
