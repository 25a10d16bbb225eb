using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Faults;

/// <summary>The connection breaks in the middle of a commit: nobody knows how it ended until the store has looked.</summary>
#pragma warning disable CA1001 // xunit disposes through IAsyncLifetime.
public sealed class LostAnswerTests(StorageFixture fixture) : IClassFixture<StorageFixture>, IAsyncLifetime
#pragma warning restore CA1001
{
    private CuttingProxy _proxy = null!;
    private PostgresStorage _storage = null!;

    public async Task InitializeAsync()
    {
        var direct = new NpgsqlConnectionStringBuilder(fixture.Database.OwnerConnectionString);
        _proxy = new(direct.Host!);
        direct.Host = _proxy.Host;
        _storage = await PostgresStorage.OpenAsync(direct.ConnectionString, new(), _ => null, TimeProvider.System, NullLoggerFactory.Instance);
        // The connection is there and its statements are prepared before anything is cut.
        for (var n = 0; n < 3; n++) await _storage.Journal.Append(After(await CreatedAsync()));
    }

    public async Task DisposeAsync()
    {
        await _storage.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task F01_AnswerLostAfterCommit_Append_CommittedOnce()
    {
        var create = await CreatedAsync();
        _proxy.Arm(CuttingProxy.Cut.BeforeAnswer);
        (await _storage.Journal.Append(After(create))).Outcome.ShouldBe(AppendOutcome.Committed);
        _proxy.Cuts.ShouldBe(1);
        await ShouldHoldAsync(create.Session, 5);
    }

    [Fact]
    public async Task F01_AnswerLostAfterCreate_Append_CommittedOnce()
    {
        var create = Create(NewSession(), mark: new($"lost-{Guid.NewGuid()}", "b", "r"));
        _proxy.Arm(CuttingProxy.Cut.BeforeAnswer);
        (await _storage.Journal.Append(create)).Outcome.ShouldBe(AppendOutcome.Committed);
        _proxy.Cuts.ShouldBe(1);
        await ShouldHoldAsync(create.Session, 2);
    }

    [Fact]
    public async Task F01_RequestLost_Append_SentAgainAndCommittedOnce()
    {
        var create = await CreatedAsync();
        _proxy.Arm(CuttingProxy.Cut.BeforeRequest);
        (await _storage.Journal.Append(After(create))).Outcome.ShouldBe(AppendOutcome.Committed);
        _proxy.Cuts.ShouldBe(1);
        await ShouldHoldAsync(create.Session, 5);
    }

    [Fact]
    public async Task F01_AnswersLostOfAGroup_EachLearnsItsOwnTruth()
    {
        var creates = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CreatedAsync()));
        // Half of them have lost their fence already.
        foreach (var create in creates.Take(10)) (await fixture.Storage.Journal.Append(After(create, 2, "rival"))).Outcome.ShouldBe(AppendOutcome.Committed);
        _proxy.Arm(CuttingProxy.Cut.BeforeAnswer);
        var results = await Task.WhenAll(creates.Select(c => _storage.Journal.Append(After(c)).AsTask()));
        _proxy.Cuts.ShouldBe(1);
        results.Take(10).ShouldAllBe(r => r.Outcome == AppendOutcome.Conflict);
        results.Skip(10).ShouldAllBe(r => r.Outcome == AppendOutcome.Committed);
        foreach (var create in creates) await ShouldHoldAsync(create.Session, creates.Take(10).Contains(create) ? 4 : 5);
    }

    [Fact]
    public async Task F01_LineCutAtTwentyPoints_NothingLostNothingDoubled()
    {
        var random = new Random(17);
        var last = await CreatedAsync();
        for (var n = 0; n < 20; n++)
        {
            _proxy.Arm(random.Next(2) == 0 ? CuttingProxy.Cut.BeforeAnswer : CuttingProxy.Cut.BeforeRequest);
            var next = After(last, 1 + random.Next(3), $"turn {n}");
            (await _storage.Journal.Append(next)).Outcome.ShouldBe(AppendOutcome.Committed);
            last = next;
        }
        _proxy.Cuts.ShouldBe(20);
        await ShouldHoldAsync(last.Session, last.Events[^1].EventId);
    }

    private async Task<SessionCommit> CreatedAsync()
    {
        var create = Create(NewSession());
        (await _storage.Journal.Append(create)).Outcome.ShouldBe(AppendOutcome.Committed);
        return create;
    }

    private async Task ShouldHoldAsync(SessionId session, long events)
    {
        (await fixture.Storage.Journal.Load(session))!.Events.Length.ShouldBe((int)events);
        (await fixture.Storage.Chains.Check(session)).ShouldBeNull();
        (await fixture.ScalarAsync($"SELECT count(*) FROM execution_steps WHERE session_id = {session}")).ShouldBe(3L);
    }
}
