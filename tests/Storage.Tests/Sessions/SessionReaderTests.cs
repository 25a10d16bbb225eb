using System.Text;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Sessions;

public sealed class SessionReaderTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    private ISessionReader Reader => fixture.Storage.Sessions;

    [Fact]
    public async Task AnotherTenantsSession_EveryRead_FindsNothing()
    {
        var create = await CreatedAsync();
        var other = new Identity.TenantId("other");
        (await Reader.Head(other, create.Session, default)).ShouldBeNull();
        (await Reader.Events(other, create.Session, 0, 100, default)).ShouldBeEmpty();
        (await Reader.LiveSession(other, create.Row.Static!.TicketId, default)).ShouldBeNull();
        (await Reader.List(other, new(), default)).Items.ShouldBeEmpty();
        (await Reader.ViewAt(other, create.Session, 1, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Head_TellsWhatTheEnvelopeNeeds()
    {
        var create = await CreatedAsync();
        (await Reader.Head(create.Tenant, create.Session, default))
            .ShouldBe(new(create.Session, create.Tenant, TargetEnvironment.Dev, "dev-flex", 2, false));
        (await Reader.LiveSession(create.Tenant, create.Row.Static!.TicketId, default)).ShouldBe(create.Session);
    }

    [Fact]
    public async Task Events_SinceAndLimit_GiveTheSliceInOrder()
    {
        var create = await CreatedAsync();
        await fixture.Storage.Journal.Append(After(create, 700));
        (await Reader.Events(create.Tenant, create.Session, 3, 600, default)).Select(e => e.EventId).ShouldBe(Enumerable.Range(4, 600).Select(n => (long)n));
        (await Reader.Events(create.Tenant, create.Session, 701, 600, default)).Select(e => e.EventId).ShouldBe([702L]);
        (await Reader.Events(create.Tenant, create.Session, 9999, 600, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task BigEvents_Events_StopNearFourMebibytes()
    {
        var create = await CreatedAsync();
        var chunk = Output(0, 1, "stdout", new string('x', 32 << 10));
        await fixture.Storage.Journal.Append(After(create, [.. Enumerable.Repeat(chunk, 300)]));
        var events = await Reader.Events(create.Tenant, create.Session, 0, 1000, default);
        events.Sum(e => (long)e.Payload.Length).ShouldBeInRange(4L << 20, (4L << 20) + (64 << 10));
        (await Reader.Events(create.Tenant, create.Session, events[^1].EventId, 1000, default))[0].EventId.ShouldBe(events[^1].EventId + 1);
    }

    [Fact]
    public async Task ReplayGiven_ViewAt_RebuildsFromThatEvent()
    {
        await using var storage = await PostgresStorage.OpenAsync(
            fixture.Database.OwnerConnectionString, new(), h => SampleView(h), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var create = await CreatedAsync();
        await fixture.Storage.Journal.Append(After(create, 3));
        (await storage.Sessions.ViewAt(create.Tenant, create.Session, 4, default))!.LastEventSeq.ShouldBe(4);
        (await storage.Sessions.ViewAt(create.Tenant, create.Session, 6, default)).ShouldBeNull();
        (await storage.Sessions.ViewAt(create.Tenant, create.Session, 0, default)).ShouldBeNull();
    }

    [Fact]
    public async Task List_PagesNewestFirst_WithSteps()
    {
        var tenant = new Identity.TenantId("lister");
        var sessions = new List<SessionCommit>();
        for (var n = 0; n < 5; n++)
        {
            var create = Create(NewSession(), tenant: tenant);
            await fixture.Storage.Journal.Append(create);
            sessions.Insert(0, create);
        }
        await fixture.Storage.Journal.Append(After(sessions[1]) with
        {
            Steps = [new StepRow { StepNumber = 2, State = StepState.Failed, Reason = StepReason.ExitCode, Outcome = StepOutcome.Failed, Attempt = 1, ExitCode = 3, CredentialsUsed = ["cred-a"] }],
        });

        var first = await Reader.List(tenant, new() { Limit = 2 }, default);
        var second = await Reader.List(tenant, new() { Limit = 2, Cursor = first.NextCursor }, default);
        var third = await Reader.List(tenant, new() { Limit = 2, Cursor = second.NextCursor }, default);
        first.Items.Concat(second.Items).Concat(third.Items).Select(v => v.SessionId).ShouldBe(sessions.Select(s => s.Session));
        third.NextCursor.ShouldBeNull();
        var step = first.Items[1].Steps[1];
        (step.State, step.Reason, step.ExitCode, step.Name).ShouldBe((StepState.Failed, StepReason.ExitCode, 3, "Step 2"));
        step.CredentialsUsed.ShouldBe(["cred-a"]);
        first.Items[1].Steps.Length.ShouldBe(3);
    }

    [Fact]
    public async Task List_Filters()
    {
        var tenant = new Identity.TenantId("filterer");
        var queued = Create(NewSession(), "INC-Q", tenant);
        var running = Create(NewSession(), "INC-R", tenant);
        await fixture.Storage.Journal.Append(queued);
        await fixture.Storage.Journal.Append(running);
        await fixture.Storage.Journal.Append(After(running));
        async Task Finds(SessionFilter filter, params Identity.SessionId[] expected)
            => (await Reader.List(tenant, filter, default)).Items.Select(v => v.SessionId).ShouldBe(expected);
        await Finds(new() { State = SessionState.Executing }, running.Session);
        await Finds(new() { TicketId = "INC-Q" }, queued.Session);
        await Finds(new() { WorkerId = new("w1") }, running.Session);
        await Finds(new() { RequestedBy = "nobody" });
        await Finds(new() { Environment = TargetEnvironment.Prod });
        await Finds(new() { Since = queued.Row.Static!.CreatedAt, RequestedBy = "olga", Environment = TargetEnvironment.Dev }, running.Session, queued.Session);
        await Finds(new() { Since = queued.Row.Static.CreatedAt.AddSeconds(1) });
    }

    [Theory]
    [InlineData("not a cursor!")]
    [InlineData("AAAA")]
    [InlineData("")]
    public async Task ForeignCursor_List_Refused(string cursor)
        => await Should.ThrowAsync<BadCursorException>(() => Reader.List(Tenant, new() { Cursor = cursor }, default));

    [Fact]
    public async Task Output_SlicesByBytes_AcrossChunksAndStreams()
    {
        var create = await CreatedAsync();
        await fixture.Storage.Journal.Append(After(
            create, Output(0, 1, "stdout", "h\\u00e9llo "), Output(0, 1, "stderr", "warn\\n"), Output(0, 1, "stdout", "world\\u0000"), Output(0, 2, "stdout", "two"),
            Output(0, 1, "status", "output limit of 5 bytes reached")));
        (await TextAsync(1, "stdout", 0, 100)).ShouldBe(("héllo world\0", 13));
        (await TextAsync(1, "stdout", 3, 6)).ShouldBe(("llo wo", 13));
        (await TextAsync(1, "stderr", 0, 100)).ShouldBe(("warn\n", 5));
        (await TextAsync(1, "all", 0, 100)).ShouldBe(("héllo warn\nworld\0", 18));
        (await TextAsync(1, "all", 100, 5)).ShouldBe(("", 18));
        (await TextAsync(3, "all", 0, 5)).ShouldBe(("", 0));

        var tails = await Reader.OutputTails(create.Tenant, create.Session, long.MaxValue, default);
        tails[1].ShouldBe(new("héllo world\0", "warn\n", 18, true));
        tails[2].ShouldBe(new("two", "", 3, false));

        async Task<(string, long)> TextAsync(int step, string stream, long offset, int limit)
        {
            var slice = await Reader.Output(create.Tenant, create.Session, step, stream, offset, limit, default);
            return (Encoding.UTF8.GetString(slice.Bytes), slice.Total);
        }
    }

    [Fact]
    public async Task LongOutput_OutputTails_KeepsTheLastEightKibibytesOfEachStream()
    {
        var create = await CreatedAsync();
        await fixture.Storage.Journal.Append(After(create, [.. Enumerable.Range(0, 50).Select(n => Output(0, 1, "stdout", $"{n:00}" + new string('ä', 500)))]));
        var tail = (await Reader.OutputTails(create.Tenant, create.Session, long.MaxValue, default))[1];
        Encoding.UTF8.GetByteCount(tail.StdoutTail).ShouldBeInRange(8191, 8192);
        tail.StdoutTail.ShouldNotContain("\ufffd");
        tail.Bytes.ShouldBe(50 * 1002);
    }

    [Fact]
    public async Task A09_SixtyFourWritersAndAReader_ReaderSeesEveryEventInOrder()
    {
        var sessions = Enumerable.Range(0, 64).Select(_ => Create(NewSession())).ToList();
        await Task.WhenAll(sessions.Select(s => fixture.Storage.Journal.Append(s).AsTask()));
        var writers = sessions.Select(async last =>
        {
            for (var n = 0; n < 20; n++)
            {
                var next = After(last, 3);
                (await fixture.Storage.Journal.Append(next)).Outcome.ShouldBe(AppendOutcome.Committed);
                last = next;
            }
        }).ToList();
        var readers = sessions.Take(8).Select(async session =>
        {
            var seen = new List<long>();
            while (seen.Count < 62)
            {
                var since = seen.Count == 0 ? 0 : seen[^1];
                foreach (var stored in await Reader.Events(session.Tenant, session.Session, since, 7, default)) seen.Add(stored.EventId);
            }
            seen.ShouldBe(Enumerable.Range(1, 62).Select(n => (long)n));
        }).ToList();
        await Task.WhenAll(writers.Concat(readers)).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task<SessionCommit> CreatedAsync()
    {
        var create = Create(NewSession());
        (await fixture.Storage.Journal.Append(create)).Outcome.ShouldBe(AppendOutcome.Committed);
        return create;
    }

    private static SessionView SampleView(SessionHistory history) => new()
    {
        SessionId = history.Events[0].SessionId,
        TenantId = history.Tenant,
        TicketId = history.Static.TicketId,
        RunbookId = history.Static.RunbookId,
        RunbookVersion = 1,
        RunbookDigest = "",
        State = SessionState.Queued,
        ValidationMode = history.Static.ValidationMode,
        Environment = history.Static.Environment,
        EnvironmentProfile = history.Static.EnvironmentProfile,
        SandboxProfile = "",
        LastEventSeq = history.Events[^1].EventId,
        RequestedBy = "",
        CreatedAt = history.Static.CreatedAt,
        Steps = [],
    };
}
