using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using static Cavra.Actors.Storage.Tests.Journal.Samples;

namespace Cavra.Actors.Storage.Tests.Operations;

/// <summary>Rows with a version, and what is kept beside sessions.</summary>
public sealed class StoreTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly AuditEntry Entry = new(Noon, "olga", new("demo"), "act", "thing", "ok", "10.0.0.1", "trace", "detail");

    private PostgresStorage Storage => fixture.Storage;

    [Fact]
    public async Task Approval_SaveLoadSave_FencedByVersion()
    {
        var task = Approval(NewSession(), 1);
        (await Storage.Approvals.Save(task, [Entry], [])).ShouldBe(AppendOutcome.Committed);
        (await Storage.Approvals.Save(task, [], [])).ShouldBe(AppendOutcome.Conflict);
        var decided = task with { State = ApprovalState.Approved, Version = 2, ResolvedAt = Noon, Votes = [new("amy", "approver", true, "fine", Noon) { Held = ["approver", "sre"] }] };
        (await Storage.Approvals.Save(decided, [Entry], [])).ShouldBe(AppendOutcome.Committed);
        (await Storage.Approvals.Save(decided, [Entry], [])).ShouldBe(AppendOutcome.Conflict);
        var loaded = (await Storage.Approvals.Load(task.Request.ApprovalId))!;
        (loaded.State, loaded.Version, loaded.ResolvedAt).ShouldBe((ApprovalState.Approved, 2, Noon));
        loaded.Votes[0].Held.ShouldBe(["approver", "sre"]);
        (await Storage.Approvals.Load(new("appr-0-0"))).ShouldBeNull();
    }

    [Fact]
    public async Task A08_TwoStoresDecideOneApproval_OneWins()
    {
        await using var other = await fixture.OpenAsync();
        for (var n = 0; n < 20; n++)
        {
            var task = Approval(NewSession(), 1);
            await Storage.Approvals.Save(task, [], []);
            var results = await Task.WhenAll(
                Storage.Approvals.Save(task with { State = ApprovalState.Approved, Version = 2 }, [Entry], []).AsTask(),
                other.Approvals.Save(task with { State = ApprovalState.Rejected, Version = 2 }, [Entry], []).AsTask());
            results.Order().ShouldBe([AppendOutcome.Committed, AppendOutcome.Conflict]);
        }
    }

    [Fact]
    public async Task Approvals_List_OpenByTimeLeft_DecidedNewestFirst()
    {
        var tenant = new TenantId("inbox");
        for (var n = 0; n < 5; n++)
            await Storage.Approvals.Save(Approval(NewSession(), 1, tenant, expires: Noon.AddMinutes(10 - n)), [], []);
        var expired = Approval(NewSession(), 1, tenant);
        await Storage.Approvals.Save(expired, [], []);
        await Storage.Approvals.Save(expired with { State = ApprovalState.Expired, Reason = "sla", Version = 2 }, [], []);
        var successor = Approval(expired.Request.Session, 2, tenant, expires: Noon.AddHours(1)) with { };
        successor = successor with { Request = successor.Request with { EscalatedFrom = expired.Request.ApprovalId } };
        await Storage.Approvals.Save(successor, [], []);

        var first = await Storage.ApprovalReader.List(tenant, "open", 4, null, default);
        var second = await Storage.ApprovalReader.List(tenant, "open", 4, first.NextCursor, default);
        first.Items.Concat(second.Items).Select(i => i.ExpiresAt!.Value).ShouldBeInOrder();
        (first.Items.Length, second.Items.Length, second.NextCursor).ShouldBe((4, 2, null));
        var decided = await Storage.ApprovalReader.List(tenant, "decided", 10, null, default);
        decided.Items.Single().Successor.ShouldBe(successor.Request.ApprovalId);
        (await Storage.ApprovalReader.List(tenant, "all", 3, null, default)).Items.Length.ShouldBe(3);
        (await Storage.ApprovalReader.OfSession(tenant, expired.Request.Session, default)).Select(i => i.ApprovalId)
            .ShouldBe([expired.Request.ApprovalId, successor.Request.ApprovalId]);
        (await Storage.ApprovalReader.List(new("stranger"), "all", 10, null, default)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Worker_SaveLoad_KeepsWhatTheWireDoesNotCarry()
    {
        var record = Worker("w-store", 1);
        (await Storage.Workers.Save(record, [Entry])).ShouldBe(AppendOutcome.Committed);
        (await Storage.Workers.Save(record, [Entry])).ShouldBe(AppendOutcome.Conflict);
        (await Storage.Workers.Save(record with { Version = 2, State = WorkerState.Draining, Reason = "maintenance" }, [])).ShouldBe(AppendOutcome.Committed);
        var loaded = (await Storage.Workers.Load(record.WorkerId))!;
        (loaded.State, loaded.Reason, loaded.Version).ShouldBe((WorkerState.Draining, "maintenance", 2));
        (loaded.Registration.CertificateKey, loaded.Registration.InProcess).ShouldBe(("key", true));
        loaded.Registration.Tenants.ShouldBe([new("demo")]);
        loaded.Registration.Capabilities.ShouldBe(["shell"]);
        (await Storage.Workers.All()).ShouldContain(w => w.WorkerId == record.WorkerId);
        (await Storage.Workers.Load(new("w-none"))).ShouldBeNull();
    }

    [Fact]
    public async Task Assignments_OpenAssignments_OnlyThoseThatHoldAPlace()
    {
        var create = Create(NewSession());
        await Storage.Journal.Append(create);
        var worker = new WorkerId($"w-{create.Session}");
        AssignmentRow Row(int n, string status) => new() { AssignmentId = AssignmentId.For(create.Session, n), WorkerId = worker, Attempt = n, Status = status, AssignedAt = Noon };
        var first = After(create) with { Assignments = [Row(1, "assigned"), Row(2, "assigned")] };
        await Storage.Journal.Append(first);
        await Storage.Journal.Append(After(first) with { Assignments = [Row(1, "failed") with { FailureReason = "no_ack", ReleasedAt = Noon }, Row(2, "active") with { AckedAt = Noon }] });
        (await Storage.Workers.OpenAssignments(worker)).ShouldBe([new(AssignmentId.For(create.Session, 2), create.Session, create.Tenant)]);
    }

    [Fact]
    public async Task Runbooks_AddVersions_WithoutGap()
    {
        var tenant = new TenantId("rb");
        Actors.Runbooks.RunbookDocument Version(int n) => new("rb-x", n, $"d{n}", "source", "application/yaml", """{"n":1}""", Noon, "olga");
        (await Storage.Runbooks.Add(tenant, Version(1), Entry)).ShouldBe(AppendOutcome.Committed);
        (await Storage.Runbooks.Add(tenant, Version(1), Entry)).ShouldBe(AppendOutcome.Conflict);
        (await Storage.Runbooks.Add(tenant, Version(3), Entry)).ShouldBe(AppendOutcome.Conflict);
        (await Storage.Runbooks.Add(tenant, Version(2), Entry)).ShouldBe(AppendOutcome.Committed);
        (await Storage.Runbooks.Newest(tenant)).Single().ShouldBe(Version(2));
        (await Storage.Runbooks.Load(tenant, "rb-x", 1)).ShouldBe(Version(1));
        (await Storage.Runbooks.Load(tenant, "rb-x", null)).ShouldBe(Version(2));
        (await Storage.Runbooks.Load(new("other"), "rb-x", null)).ShouldBeNull();
    }

    [Fact]
    public async Task Flags_Save_ReplacesAndAudits()
    {
        await Storage.FeatureFlags.Save(new("f", null, true, "ann", Noon), Entry);
        await Storage.FeatureFlags.Save(new("f", new("demo"), true, "ann", Noon), Entry);
        await Storage.FeatureFlags.Save(new("f", new("demo"), false, "bob", Noon), Entry);
        (await Storage.FeatureFlags.All()).ShouldBe([new("f", null, true, "ann", Noon), new("f", new("demo"), false, "bob", Noon)]);
    }

    [Fact]
    public async Task Audit_WriteAndPage_NewestFirst()
    {
        var tenant = new TenantId("audited");
        for (var n = 0; n < 5; n++) await Storage.Audit.Write(Entry with { Tenant = tenant, Object = $"o{n}" }, default);
        var first = await Storage.Audit.List(tenant, 3, null, default);
        var second = await Storage.Audit.List(tenant, 3, first.NextCursor, default);
        first.Items.Concat(second.Items).Select(e => e.Object).ShouldBe(["o4", "o3", "o2", "o1", "o0"]);
        first.Items[0].ShouldBe(Entry with { Tenant = tenant, Object = "o4" });
        second.NextCursor.ShouldBeNull();
    }

    [Fact]
    public async Task Idempotency_KeepAndFind_OncePerTenantAndDay()
    {
        var record = new IdempotencyRecord("k", "PUT /x", "digest", 200, null, null, "{}", "/x/1");
        (await Storage.Idempotency.Find(new("t1"), "k", default)).ShouldBeNull();
        (await Storage.Idempotency.Keep(new("t1"), record, default)).ShouldBeTrue();
        (await Storage.Idempotency.Keep(new("t1"), record, default)).ShouldBeFalse();
        (await Storage.Idempotency.Keep(new("t2"), record, default)).ShouldBeTrue();
        (await Storage.Idempotency.Find(new("t1"), "k", default)).ShouldBe(record);
        await fixture.ScalarAsync("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = 'k'");
        (await Storage.Idempotency.Find(new("t1"), "k", default)).ShouldBeNull();
        (await Storage.Idempotency.Keep(new("t1"), record, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task SessionIds_TwoStoresAtOnce_UniqueAndRising()
    {
        await using var other = await fixture.OpenAsync();
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(async n =>
        {
            var ids = new List<long>();
            for (var i = 0; i < 100; i++) ids.Add((await (n % 2 == 0 ? Storage : other).SessionIds.Next(default)).Value);
            ids.ShouldBeInOrder();
            return ids;
        }));
        taken.SelectMany(t => t).Distinct().Count().ShouldBe(400);
    }

    [Fact]
    public async Task Recovery_PagesLiveSessionsAndOpenApprovals()
    {
        var live = Create(NewSession());
        var due = Create(NewSession()) with { };
        due = due with { Row = due.Row with { DeadlineAt = Noon } };
        var ended = Create(NewSession());
        foreach (var create in new[] { live, due, ended }) await Storage.Journal.Append(create);
        await Storage.Journal.Append(After(ended, state: SessionState.Failed));
        var before = new SessionId(live.Session.Value - 1);
        var found = await Storage.Recovery.LiveSessions(before, 1000, null);
        found.ShouldContain(live.Session);
        found.ShouldContain(due.Session);
        found.ShouldNotContain(ended.Session);
        (await Storage.Recovery.LiveSessions(before, 1, null)).ShouldBe([live.Session]);
        var overdue = await Storage.Recovery.LiveSessions(before, 1000, Noon.AddSeconds(1));
        overdue.ShouldContain(due.Session);
        overdue.ShouldNotContain(live.Session);

        var open = Approval(NewSession(), 1);
        await Storage.Approvals.Save(open, [], []);
        (await Storage.Recovery.OpenApprovals(null, 1000)).ShouldContain(open.Request.ApprovalId);
        (await Storage.Recovery.OpenApprovals(open.Request.ApprovalId, 1000)).ShouldNotContain(open.Request.ApprovalId);
    }

    [Fact]
    public async Task Subjects_SaveAndSeen()
    {
        await Storage.Subjects.Save(new("dir"), new("ann", ["operator"]), Noon.AddDays(-40));
        await Storage.Subjects.Save(new("dir"), new("bob", ["operator"]), Noon);
        await Storage.Subjects.Save(new("dir"), new("bob", ["approver", "sre"]), Noon);
        var seen = await Storage.Subjects.SeenSince(Noon.AddDays(-30));
        seen[new("dir")].Single().Name.ShouldBe("bob");
        seen[new("dir")].Single().Roles.ShouldBe(["approver", "sre"]);
    }

    private static ApprovalTaskView Approval(SessionId session, int ordinal, TenantId? tenant = null, DateTimeOffset? expires = null) => new()
    {
        State = ApprovalState.Pending,
        Version = 1,
        Request = new()
        {
            ApprovalId = ApprovalId.For(session, ordinal),
            Session = session,
            Tenant = tenant ?? Tenant,
            TicketId = "INC-1",
            RunbookId = "rb",
            Title = "t",
            RequestedBy = "olga",
            Environment = TargetEnvironment.Dev,
            StepNumbers = [1],
            Commands = [new() { Argv = ["/bin/true"] }],
            BlastRadius = BlastRadius.Low,
            Quorum = "1 of approver",
            Digest = "d",
            RequestedAt = Noon,
            ExpiresAt = expires ?? Noon.AddMinutes(30),
        },
    };

    private static WorkerRecord Worker(string id, long version) => new()
    {
        WorkerId = new(id),
        Version = version,
        Registration = new()
        {
            Capabilities = ["shell"],
            NetworkSegment = "local",
            Environments = [TargetEnvironment.Dev],
            CertificateKey = "key",
            InProcess = true,
            Tenants = [new("demo")],
        },
        State = WorkerState.Idle,
        RegisteredAt = Noon,
        UpdatedAt = Noon,
    };
}
