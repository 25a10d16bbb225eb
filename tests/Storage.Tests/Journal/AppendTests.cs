using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Journal;

/// <summary>The commit point: fences, tickets and keys, one append at a time and many at once.</summary>
public sealed class AppendTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    private ISessionJournal Journal => fixture.Storage.Journal;

    [Fact]
    public async Task CreateThenAppend_Load_GivesEverythingBack()
    {
        var create = Create(NewSession());
        var next = After(create) with
        {
            Steps = [new StepRow { StepNumber = 2, State = StepState.Running, Attempt = 1, CredentialsUsed = ["cred-a", "cred-b"] }],
            Assignments = [new() { AssignmentId = AssignmentId.For(create.Session, 1), WorkerId = new("w1"), Attempt = 1, Status = "assigned", AssignedAt = DateTimeOffset.UnixEpoch }],
            Audit = [new(DateTimeOffset.UnixEpoch, "olga", create.Tenant, "session.start", $"{create.Session}", "ok", null, null)],
            Outbox = [new("session.completed", $"n-{create.Session}", "{}")],
        };
        (await Journal.Append(create)).Outcome.ShouldBe(AppendOutcome.Committed);
        (await Journal.Append(next)).Outcome.ShouldBe(AppendOutcome.Committed);

        var history = await Journal.Load(create.Session);
        history!.Events.Select(e => e.EventId).ShouldBe([1, 2, 3, 4, 5]);
        EventChain.Check(history.Tenant, create.Session, history.Events, next.Events[^1].Hash).ShouldBeNull();
        history.Events[4].Payload.ShouldBe(next.Events[2].Payload);
        history.Events[4].CreatedAt.ShouldBe(next.Events[2].CreatedAt);
        history.Static.ShouldBe(create.Row.Static);
        System.Text.Json.JsonSerializer.Serialize(history.Plan, Wire.WireJson.Options)
            .ShouldBe(System.Text.Json.JsonSerializer.Serialize(create.Plan, Wire.WireJson.Options));
        (await fixture.ScalarAsync($"SELECT string_agg(state || ':' || attempt || ':' || array_to_string(credentials_used, '+'), ',' ORDER BY step_number) FROM execution_steps WHERE session_id = {create.Session}"))
            .ShouldBe("pending:0:,running:1:cred-a+cred-b,pending:0:");
        (await fixture.ScalarAsync($"SELECT command_payload ->> 'command' FROM execution_steps WHERE session_id = {create.Session} AND step_number = 1"))
            .ShouldBe("""["/bin/echo","hello 1"]""");
        (await fixture.ScalarAsync($"SELECT count(*) FROM agent_worker_assignments WHERE session_id = {create.Session}")).ShouldBe(1L);
        (await fixture.ScalarAsync($"SELECT count(*) FROM audit_log WHERE object = '{create.Session}'")).ShouldBe(1L);
        (await fixture.ScalarAsync($"SELECT count(*) FROM outbox WHERE key = 'n-{create.Session}'")).ShouldBe(1L);
    }

    [Fact]
    public async Task NoSuchSession_Load_Null() => (await Journal.Load(new(404_404_404))).ShouldBeNull();

    [Fact]
    public async Task B08_TwoStoresRaceOneSession_ExactlyOneWinsEachTurn()
    {
        await using var other = await fixture.OpenAsync();
        var last = Create(NewSession());
        await Journal.Append(last);
        for (var turn = 0; turn < 30; turn++)
        {
            var (a, b) = (After(last, 3, "a"), After(last, 2, "b"));
            var results = await Task.WhenAll(Journal.Append(a).AsTask(), other.Journal.Append(b).AsTask());
            results.Select(r => r.Outcome).Order().ShouldBe([AppendOutcome.Committed, AppendOutcome.Conflict]);
            last = results[0].Outcome == AppendOutcome.Committed ? a : b;
        }
        var events = (await Journal.Load(last.Session))!.Events;
        events.Select(e => e.EventId).ShouldBe(Enumerable.Range(1, events.Length).Select(n => (long)n));
        EventChain.Check(last.Tenant, last.Session, events, last.Events[^1].Hash).ShouldBeNull();
    }

    [Fact]
    public async Task SameSessionTwiceAtOnce_OneStore_SecondConflicts()
    {
        var create = Create(NewSession());
        await Journal.Append(create);
        var results = await Task.WhenAll(Journal.Append(After(create, 1, "a")).AsTask(), Journal.Append(After(create, 1, "b")).AsTask());
        results.Select(r => r.Outcome).Order().ShouldBe([AppendOutcome.Committed, AppendOutcome.Conflict]);
    }

    [Fact]
    public async Task CreatedBefore_CreateAgain_Conflict()
    {
        var create = Create(NewSession());
        await Journal.Append(create);
        (await Journal.Append(create)).Outcome.ShouldBe(AppendOutcome.Conflict);
    }

    [Fact]
    public async Task A05_FiftyCreatesForOneTicket_OneLives_OthersLearnWhich()
    {
        await using var other = await fixture.OpenAsync();
        var creates = Enumerable.Range(0, 50).Select(_ => Create(NewSession(), "INC-RACE")).ToList();
        var results = await Task.WhenAll(creates.Select((c, n) => (n % 2 == 0 ? Journal : other.Journal).Append(c).AsTask()));
        var winner = creates[Array.FindIndex(results, r => r.Outcome == AppendOutcome.Committed)].Session;
        results.Count(r => r.Outcome == AppendOutcome.Committed).ShouldBe(1);
        results.Where(r => r.Outcome != AppendOutcome.Committed).ShouldAllBe(r => r.Outcome == AppendOutcome.TicketBusy && r.Other == winner);
    }

    [Fact]
    public async Task TicketOfEndedSession_Create_Committed()
    {
        var first = Create(NewSession(), "INC-AGAIN");
        await Journal.Append(first);
        await Journal.Append(After(first, state: SessionState.Completed));
        (await Journal.Append(Create(NewSession(), "INC-AGAIN"))).Outcome.ShouldBe(AppendOutcome.Committed);
    }

    [Fact]
    public async Task A02_FiftyCreatesWithOneKey_OneSession_AllOthersLearnIt()
    {
        await using var other = await fixture.OpenAsync();
        var mark = new IdempotencyMark("key-50", "body", "POST /api/v1/executions");
        var creates = Enumerable.Range(0, 50).Select(n => Create(NewSession(), $"INC-K{n}", mark: mark)).ToList();
        var results = await Task.WhenAll(creates.Select((c, n) => (n % 2 == 0 ? Journal : other.Journal).Append(c).AsTask()));
        var winner = creates[Array.FindIndex(results, r => r.Outcome == AppendOutcome.Committed)].Session;
        results.Count(r => r.Outcome == AppendOutcome.Committed).ShouldBe(1);
        results.Where(r => r.Outcome != AppendOutcome.Committed).ShouldAllBe(
            r => r.Outcome == AppendOutcome.KeyUsed && r.Earlier!.Session == winner && r.Earlier.Status == 201 && r.Earlier.EventId == 2);
    }

    [Fact]
    public async Task A03_KeyUsedWithOtherBody_Append_AnswersTheFirstDigest()
    {
        var create = Create(NewSession(), mark: new("key-other", "digest-1", "r"));
        await Journal.Append(create);
        var again = After(create) with { Idempotency = new("key-other", "digest-2", "r") };
        var result = await Journal.Append(again);
        result.Outcome.ShouldBe(AppendOutcome.KeyUsed);
        result.Earlier!.BodyDigest.ShouldBe("digest-1");
        (await Journal.Load(create.Session))!.Events.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A04_SameKeyInAnotherTenant_Create_Independent()
    {
        var mark = new IdempotencyMark("key-tenants", "b", "r");
        (await Journal.Append(Create(NewSession(), mark: mark))).Outcome.ShouldBe(AppendOutcome.Committed);
        (await Journal.Append(Create(NewSession(), tenant: new("other"), mark: mark))).Outcome.ShouldBe(AppendOutcome.Committed);
    }

    [Fact]
    public async Task KeyOlderThanADay_CreateAgain_Committed()
    {
        var mark = new IdempotencyMark("key-old", "b", "r");
        await Journal.Append(Create(NewSession(), mark: mark));
        await fixture.ScalarAsync("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = 'key-old'");
        (await Journal.Append(Create(NewSession(), mark: mark))).Outcome.ShouldBe(AppendOutcome.Committed);
    }

    [Fact]
    public async Task TicketBusyWithKey_Create_LeavesTheKeyFree()
    {
        await Journal.Append(Create(NewSession(), "INC-KEYFREE"));
        var mark = new IdempotencyMark("key-free", "b", "r");
        (await Journal.Append(Create(NewSession(), "INC-KEYFREE", mark: mark))).Outcome.ShouldBe(AppendOutcome.TicketBusy);
        (await Journal.Append(Create(NewSession(), mark: mark))).Outcome.ShouldBe(AppendOutcome.Committed);
    }

    [Fact]
    public async Task OneBadAppendAmongMany_Append_HarmsNoOther()
    {
        var creates = Enumerable.Range(0, 40).Select(_ => Create(NewSession())).ToList();
        await Task.WhenAll(creates.Select(c => Journal.Append(c).AsTask()));
        var appends = creates.Select(c => After(c)).ToList();
        // Not JSON: the server refuses the whole statement that carries it.
        appends[17] = appends[17] with { Events = [.. appends[17].Events.Select(e => e with { Payload = "{" })] };
        var tasks = appends.Select(a => Journal.Append(a).AsTask()).ToList();
        await Should.ThrowAsync<InvalidOperationException>(tasks[17]);
        tasks.RemoveAt(17);
        (await Task.WhenAll(tasks)).ShouldAllBe(r => r.Outcome == AppendOutcome.Committed);
    }

    [Theory]
    [InlineData('\0')]
    [InlineData('\ud800')]
    [InlineData('\udc00')]
    public async Task TextThatPostgresCannotHold_Append_RefusedBeforeItIsSent(char bad)
    {
        var actor = $"with {bad} inside";
        var commit = Create(NewSession());
        commit = commit with { Events = [.. commit.Events.Select(e => e with { Actor = actor })] };
        await Should.ThrowAsync<ArgumentException>(async () => await Journal.Append(commit));
    }

    [Fact]
    public async Task GapInEventIds_Append_RefusedBeforeItIsSent()
    {
        var commit = Create(NewSession(), events: 3);
        await Should.ThrowAsync<ArgumentException>(async () => await Journal.Append(commit with { Events = commit.Events.RemoveAt(1) }));
    }

    [Fact]
    public async Task QueueFull_Append_Overloaded()
    {
        await using var small = await fixture.OpenAsync(new() { AppendQueueLimit = 5 });
        // The tenth of them cannot be taken while the first are on their way.
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => small.Journal.Append(Create(NewSession())).AsTask()));
        results.ShouldContain(r => r.Outcome == AppendOutcome.Overloaded);
        results.ShouldContain(r => r.Outcome == AppendOutcome.Committed);
        (await small.Journal.Append(Create(NewSession()))).Outcome.ShouldBe(AppendOutcome.Committed);
    }

    [Fact]
    public async Task OutputOfManyChunks_Load_KeepsOnlyTheLastOfARun()
    {
        var create = Create(NewSession());
        await Journal.Append(create);
        var started = create.Events[0] with { EventType = EventTypes.StepStarted };
        await Journal.Append(After(create, started, Output(0, 1, "stdout", "a"), Output(0, 1, "stdout", "b"), Output(0, 1, "stderr", "c"), started, Output(0, 2, "stdout", "d")));
        var history = await Journal.Load(create.Session);
        history!.Events.Select(e => e.EventId).ShouldBe([1, 2, 3, 6, 7, 8]);
    }
}
