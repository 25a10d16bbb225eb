using Cavra.Actors.Approvals;
using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using static Cavra.Actors.Grains.Approvals.ApprovalGiven;

namespace Cavra.Actors.Grains.Approvals;

public class ApprovalTaskGrainTests
{
    private const string Id = "appr-7-1";

    [Fact]
    public async Task Opened_IsStoredWithItsNotification_AndOpeningAgainChangesNothing()
    {
        await using var host = await GrainsHost.StartAsync();
        (await host.Approval(Id).Open(Ask(host))).State.ShouldBe(ApprovalState.Notified);
        await host.Approval(Id).Open(Ask(host));

        (await host.Stores.Load(new ApprovalId(Id)))!.Version.ShouldBe(1);
        host.Stores.Outbox.ShouldHaveSingleItem().EventType.ShouldBe("approval.requested");
    }

    [Fact]
    public async Task NeverOpened_ThereIsNothing()
    {
        await using var host = await GrainsHost.StartAsync();

        (await host.Approval(Id).View()).ShouldBeNull();
        (await host.Approval(Id).Void("x")).ShouldBeNull();
        (await host.Approval(Id).Vote(Ballot(Ann))).Refusal!.Code.ShouldBe("not_found");
    }

    [Fact]
    public async Task Decided_SessionIsNudged_AndARestartKnowsIt()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Approval(Id).Open(Ask(host, "1 of sre"));
        (await host.Approval(Id).Vote(Ballot(Ann))).Task!.State.ShouldBe(ApprovalState.Approved);
        (await host.Sessions.Next()).ShouldBe("7 nudge");

        await host.RestartAsync();

        var late = await host.Approval(Id).Vote(Ballot(Bob, approved: false));
        late.Refusal!.Code.ShouldBe("already_decided");
        late.Refusal.Extra["decided_by"].ShouldBe("ann");
    }

    [Fact]
    public async Task C04_SlaBreached_ExpiresAtTheMillisecond_TellsTheSessionAndPeople()
    {
        await using var host = await GrainsHost.StartAsync();
        var request = Ask(host);
        await host.Approval(Id).Open(request);
        host.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));

        // Opening again changes nothing and comes after what the clock caused.
        (await host.Approval(Id).Open(request)).State.ShouldBe(ApprovalState.Notified);

        host.Time.Advance(TimeSpan.FromMilliseconds(1));

        (await host.Sessions.Next()).ShouldBe("7 nudge");
        (await host.Approval(Id).View())!.Reason.ShouldBe("sla");
        host.Stores.Outbox.Last().EventType.ShouldBe("approval.expired");
        (await host.Approval(Id).Vote(Ballot(Ann))).Refusal!.Extra["successor"].ShouldBe("appr-7-2");
    }

    [Fact]
    public async Task C04_OrchestratorDownAtTheDeadline_ReminderOfTheNextOneExpiresIt()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Approval(Id).Open(Ask(host));
        host.Time.Advance(TimeSpan.FromMinutes(2));
        await host.Approval(Id).View();
        while (host.Reminders.Count == 0) await Task.Yield();
        await host.RestartAsync();

        host.Time.Advance(TimeSpan.FromMinutes(10));

        (await host.Sessions.Next()).ShouldBe("7 nudge");
        (await host.Approval(Id).View())!.State.ShouldBe(ApprovalState.Expired);
        while (host.Reminders.Count > 0) await Task.Yield();
    }

    [Fact]
    public async Task StoreUnavailable_VoteIsRefusedAndCountsNothing()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Approval(Id).Open(Ask(host, "1 of sre"));
        host.Stores.Faults.Enqueue(AppendOutcome.Unavailable);
        (await host.Approval(Id).Vote(Ballot(Ann))).Refusal!.Code.ShouldBe("unavailable");

        (await host.Approval(Id).Vote(Ballot(Ann))).Task!.State.ShouldBe(ApprovalState.Approved);
    }

    [Fact]
    public async Task B08_AnotherActivationDecidedFirst_ThisOneAnswersWhatWasDecided()
    {
        await using var host = await GrainsHost.StartAsync();
        var task = await host.Approval(Id).Open(Ask(host, "1 of sre"));
        var other = task.After(new ApprovalCommand.Vote(Ballot(Bob, approved: false), host.Time.GetUtcNow()))! with { Version = 2 };
        await host.Stores.Save(other, [], []);

        (await host.Approval(Id).Vote(Ballot(Ann))).Refusal!.Code.ShouldBe("unavailable");
        (await host.Approval(Id).Vote(Ballot(Ann))).Refusal!.Extra["decided_by"].ShouldBe("bob");
    }

    [Fact]
    public async Task A08_ApproveRacesReject_OneAnswer_BothAudited_AnyOrder()
    {
        var outcomes = new List<ApprovalState>();
        for (var seed = 0; seed < 20; seed++)
        {
            var context = $"seed {seed}";
            outcomes.AddRange(await GrainsHost.Seeded(seed, host => Task.WhenAll(Enumerable.Range(1, 50).Select(i => Race(host, i, context)))));
        }

        outcomes.Count.ShouldBe(1000);
        outcomes.Distinct().ShouldBe([ApprovalState.Approved, ApprovalState.Rejected], ignoreOrder: true);
    }

    private static async Task<ApprovalState> Race(GrainsHost host, int session, string context)
    {
        var id = ApprovalId.For(new(session), 1);
        var task = host.Approval(id.Value);
        await task.Open(Ask(host, "1 of sre") with { ApprovalId = id, Session = new(session) });
        var votes = await Task.WhenAll(Vote(Ballot(Ann)), Vote(Ballot(Bob, approved: false)));

        votes.Count(v => v.Refusal is null).ShouldBe(1, context);
        votes.Single(v => v.Refusal is not null).Refusal!.Code.ShouldBe("already_decided");
        host.Stores.Audit.Where(a => a.Action == "approval.vote" && a.Object == id.Value).Select(a => a.Actor).ShouldBe(["ann", "bob"], ignoreOrder: true, context);
        return (await task.View())!.State;

        async Task<ApprovalReply> Vote(ApprovalBallot ballot)
        {
            // Here the scheduler draws who is first.
            await Task.Yield();
            return await task.Vote(ballot);
        }
    }

    [Fact]
    public async Task RefusedVote_IsAuditedWithItsCode()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Approval(Id).Open(Ask(host));
        await host.Approval(Id).Vote(Ballot(Requester));

        AuditEntry last = host.Stores.Audit.Last();
        (last.Actor, last.Outcome).ShouldBe(("olga", "self_approval"));
    }

    private static ApprovalRequest Ask(GrainsHost host, string quorum = "2 of sre") =>
        Request(quorum) with { RequestedAt = host.Time.GetUtcNow(), ExpiresAt = host.Time.GetUtcNow().AddMinutes(10) };
}
