using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Sessions;

/// <summary>Somebody with the owner's rights changes history: the checker says where.</summary>
public sealed class ChainCheckerTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [Fact]
    public async Task Untouched_Check_Holds() => (await fixture.Storage.Chains.Check(await SessionAsync())).ShouldBeNull();

    [Theory]
    [InlineData("UPDATE execution_events SET payload = '{\"note\":\"other\"}' WHERE session_id = {0} AND event_id = 4", 4)]
    [InlineData("UPDATE execution_events SET actor = 'mallory' WHERE session_id = {0} AND event_id = 2", 2)]
    [InlineData("UPDATE execution_events SET created_at = created_at + interval '1 ms' WHERE session_id = {0} AND event_id = 1", 1)]
    [InlineData("UPDATE execution_events SET hash = sha256('x') WHERE session_id = {0} AND event_id = 3", 3)]
    [InlineData("DELETE FROM execution_events WHERE session_id = {0} AND event_id = 3", 3)]
    [InlineData("DELETE FROM execution_events WHERE session_id = {0} AND event_id = 5", 5)]
    [InlineData("UPDATE execution_events SET event_id = CASE event_id WHEN 2 THEN -3 ELSE -2 END WHERE session_id = {0} AND event_id IN (2, 3); UPDATE execution_events SET event_id = -event_id WHERE session_id = {0} AND event_id < 0", 2)]
    [InlineData("INSERT INTO execution_events SELECT session_id, 0, tenant_id, step_number, event_type, payload, actor, worker_id, trace_id, created_at, hash FROM execution_events WHERE session_id = {0} AND event_id = 1", 1)]
    [InlineData("UPDATE execution_sessions SET head_hash = sha256('x') WHERE session_id = {0}", 6)]
    public async Task F06_HistoryChanged_Check_SaysWhere(string tampering, long expected)
    {
        var session = await SessionAsync();
        await fixture.ScalarAsync(tampering.Replace("{0}", session.ToString(), StringComparison.Ordinal));
        var found = await fixture.Storage.Chains.Check(session);
        // The end cut off shows against the head: at the event that should follow the last one there.
        (found?.EventId).ShouldBe(expected, found?.Reason);
    }

    private async Task<Identity.SessionId> SessionAsync()
    {
        var create = Create(NewSession());
        await fixture.Storage.Journal.Append(create);
        await fixture.Storage.Journal.Append(After(create, 3));
        return create.Session;
    }
}
