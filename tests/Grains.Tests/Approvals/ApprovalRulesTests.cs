using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using static Cavra.Actors.Grains.Approvals.ApprovalGiven;

namespace Cavra.Actors.Grains.Approvals;

public class ApprovalRulesTests
{
    [Fact]
    public void C03_TwoKeys_SamePersonTwice_Refused() =>
        Open().After(Vote(Ann)).Decide(Vote(Ann)).Refusal!.Code.ShouldBe("already_voted");

    [Fact]
    public void C03_TwoKeys_PersonAndOwnServiceAccount_Refused()
    {
        var robot = Person("svc-ann", "approver", "sre") with { Owner = "ann" };

        Open().After(Vote(Ann)).Decide(Vote(robot)).Refusal!.Code.ShouldBe("already_voted");
        Open().After(Vote(robot)).Decide(Vote(Ann)).Refusal!.Code.ShouldBe("already_voted");
    }

    [Fact]
    public void C03_RequesterOrHerServiceAccountApproves_Refused()
    {
        Open().Decide(Vote(Requester)).Refusal!.Code.ShouldBe("self_approval");
        Open().Decide(Vote(Person("svc", "approver", "sre") with { Owner = "olga" })).Refusal!.Code.ShouldBe("self_approval");
    }

    [Fact]
    public void C03_TwoPeople_Approved()
    {
        var task = Open().After(Vote(Ann))!;
        task.State.ShouldBe(ApprovalState.Notified);

        task.After(Vote(Bob))!.State.ShouldBe(ApprovalState.Approved);
    }

    [Fact]
    public void C04_VoteAtTheDeadlineBeforeAnyTimer_ExpiredWithSuccessor()
    {
        var decision = Open().Decide(new ApprovalCommand.Vote(Ballot(Ann), Deadline));

        decision.Refusal!.Code.ShouldBe("approval_expired");
        decision.Refusal.Extra["successor"].ShouldBe("appr-7-2");
        decision.Events.ShouldHaveSingleItem().ShouldBeOfType<ApprovalEvent.Expired>().Reason.ShouldBe("sla");
    }

    [Fact]
    public void C12_RoleLostSinceNotified_RefusedAtDecisionTime() =>
        Open().Decide(Vote(Person("ann", "viewer"))).Refusal!.Code.ShouldBe("not_eligible");

    [Fact]
    public void C12_ClaimedRoleNotInTheToken_Refused() =>
        Open().Decide(new ApprovalCommand.Vote(Ballot(Ann, role: "dba"), T0)).Refusal!.Code.ShouldBe("role_not_held");

    [Fact]
    public void A08_ApproveAgainstReject_OneAnswerTheOtherNamesWhoAndWhen()
    {
        var task = Open("1 of sre").After(new ApprovalCommand.Vote(Ballot(Ann, approved: false), T0.AddSeconds(1)));
        var late = task.Decide(new ApprovalCommand.Vote(Ballot(Bob), T0.AddSeconds(2)));

        late.Events.ShouldBeEmpty();
        late.Refusal!.Code.ShouldBe("already_decided");
        late.Refusal.Extra["decided_by"].ShouldBe("ann");
        late.Refusal.Extra["decided_at"].ShouldBe("2025-11-08T13:00:01.000Z");
    }

    [Fact]
    public void VoteThatBringsTheQuorumNoNearer_NotEligible()
    {
        var task = Open("1 of sre and 1 of dba").After(Vote(Ann));

        task.Decide(Vote(Bob)).Refusal!.Code.ShouldBe("not_eligible");
        task.After(Vote(Person("dora", "approver", "dba")))!.State.ShouldBe(ApprovalState.Approved);
    }

    [Fact]
    public void OneEligibleVoteAgainst_RejectsWhateverTheQuorum() =>
        Open().After(new ApprovalCommand.Vote(Ballot(Ann, approved: false), T0))!.State.ShouldBe(ApprovalState.Rejected);

    [Fact]
    public void VoteOfAnotherTenant_IsAsIfThereWereNoTask() =>
        Open().Decide(Vote(Ann with { Tenant = new TenantId("other") })).Refusal!.Code.ShouldBe("not_found");

    [Fact]
    public void OpenedTask_Notification_HoldsNoCommand()
    {
        var task = Open();
        var row = ApprovalProjection.Outbox(task, [new ApprovalEvent.Opened(task.Request)]).ShouldHaveSingleItem();

        row.EventType.ShouldBe("approval.requested");
        row.PayloadJson.ShouldContain("appr-7-1");
        row.PayloadJson.ShouldNotContain("secret-name");
    }

    private static ApprovalCommand.Vote Vote(Actor actor) => new(Ballot(actor), T0.AddSeconds(1));
}
