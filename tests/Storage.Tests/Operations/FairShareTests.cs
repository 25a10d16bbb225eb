using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Storage.Connections;
using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Operations;

/// <summary>One tenant's slow reads take neither the others' reads nor anybody's writes with them.</summary>
public sealed class FairShareTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [Fact]
    public async Task D08_OneTenantHoldsAllItsConnections_OthersReadAndWritersWrite()
    {
        await using var connections = new StorageConnections(
            role => (fixture.Database.ConnectionStringFor(role), false), new() { ReadConnections = 4, CommandTimeout = TimeSpan.FromSeconds(2) });
        var reads = new DatabaseReads(connections);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var greedy = Enumerable.Range(0, 2).Select(_ => reads.AsTenantAsync(new("greedy"), DatabaseReads.Sql("SELECT 1"), async (_, _) =>
        {
            await held.Task;
            return 1;
        }, default)).ToList();

        await Should.ThrowAsync<StoreUnavailableException>(() => ReadAsync("greedy"));
        (await ReadAsync("modest")).ShouldBe(1);
        (await fixture.Storage.Journal.Append(Create(NewSession()))).Outcome.ShouldBe(AppendOutcome.Committed);
        held.SetResult();
        await Task.WhenAll(greedy);
        (await ReadAsync("greedy")).ShouldBe(1);

        Task<int> ReadAsync(string tenant) => reads.AsTenantAsync(new(tenant), DatabaseReads.Sql("SELECT 1"), (_, _) => Task.FromResult(1), default);
    }
}
