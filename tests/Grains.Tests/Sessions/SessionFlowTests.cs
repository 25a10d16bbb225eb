using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

public class SessionFlowTests
{
    [Fact]
    public void ThreeSteps_AllSucceed_CompletesWithTheContractsEventsInOrder()
    {
        var play = new SessionPlay(Steps(3)).Ready().Succeed().Succeed().Succeed();

        play.State.ShouldBe(SessionState.Completed);
        play.Names().ShouldBe(
        [
            "session.created", "session.queued", "session.assigned", "policy.decided", "execution.step.started", "execution.step.completed",
            "policy.decided", "execution.step.started", "execution.step.completed", "policy.decided", "execution.step.started", "execution.step.completed",
            "session.completed",
        ]);
        play.It.Steps.ShouldAllBe(s => s.State == StepState.Succeeded && s.Outcome == StepOutcome.Succeeded);
        play.It.Placement.Kind.ShouldBe(PlacementKind.None);
    }

    [Fact]
    public void EveryMove_SaysFromWhereAndTheChainHolds()
    {
        var play = new SessionPlay(Steps(2).GatedAt(1)).Ready().Vote(true).Succeed().Succeed();

        SessionState? before = null;
        foreach (var moving in play.Events.OfType<MovingEvent>().Where(e => e.To is not null))
        {
            moving.From.ShouldBe(before);
            before = moving.To;
        }

        before.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public void PlanWithDeniedStep_Create_RefusedWithRules()
    {
        var play = new SessionPlay(Plan(Step(1, s => s with { Decision = Denied })), create: false);

        var refused = play.Ask(new CreateSession { Actor = Operator, TicketId = "INC-1", Plan = Plan(Step(1, s => s with { Decision = Denied })) }).ShouldBeOfType<Decision.Refused>();

        refused.Refusal.Code.ShouldBe("policy_denied");
        refused.Refusal.Rules.ShouldHaveSingleItem().Id.ShouldBe("scope.deny");
    }

    [Fact]
    public void AutomaticGate_StepReached_ResolvesByRuleWithoutWaiting()
    {
        var play = new SessionPlay(Steps(1).AutomaticAt(1)).Ready();

        var resolved = play.Last<ApprovalResolved>();
        resolved.Automatic.ShouldBeTrue();
        resolved.Rules.ShouldHaveSingleItem().Id.ShouldBe("auto.confidence");
        play.State.ShouldBe(SessionState.Executing);
        play.Events.ShouldNotContain(e => e is ApprovalRequested);
        SessionViews.Of(play.It).Approvals.ShouldBeEmpty("nobody was asked");
    }

    [Fact]
    public void PausedInTheQueue_Resume_WaitsForAWorkerBeforeAnyoneIsAsked()
    {
        var play = new SessionPlay(Steps(1).GatedAt(1));
        play.Ask(new PauseSession("wait") { Actor = Operator });

        play.Ask(new GiveDirective(DirectiveKind.Resume, "go") { Actor = Operator });

        play.State.ShouldBe(SessionState.Queued);
        play.It.Placement.Kind.ShouldBe(PlacementKind.Seeking);
        play.Ready().State.ShouldBe(SessionState.WaitingForApproval);
        play.Vote(true).Succeed().State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public void PhaseGate_OneDecision_CoversAllItsSteps()
    {
        var play = new SessionPlay(Steps(3).GatedOver(1, 1, 2, 3)).Ready();

        play.State.ShouldBe(SessionState.WaitingForApproval);
        play.It.Steps.ShouldAllBe(s => s.State == StepState.AwaitingApproval);
        play.Vote(true).Succeed().Succeed().Succeed();
        play.State.ShouldBe(SessionState.Completed);
        play.Events.OfType<ApprovalRequested>().ShouldHaveSingleItem();
    }

    [Fact]
    public void FinalGate_AfterLastStep_AskedOnceBeforeCompleted()
    {
        var play = new SessionPlay(Steps(2).GatedOver(3, 2)).Ready().Succeed().Succeed();

        play.State.ShouldBe(SessionState.WaitingForApproval);
        play.It.Steps[1].State.ShouldBe(StepState.Succeeded);
        play.Vote(true).State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public void VerdictRequireApprovalWithoutGate_StepReached_AsksAllTheSame()
    {
        var step = Step(1, s => s with { Decision = Allowed with { Verdict = Verdict.RequireApproval } });

        var play = new SessionPlay(Plan(step)).Ready();

        play.State.ShouldBe(SessionState.WaitingForApproval);
    }

    [Fact]
    public void Rejection_PausesAndRetryAsksAnew()
    {
        var play = new SessionPlay(Steps(2).GatedAt(1)).Ready().Vote(false);
        var first = play.It.Approvals[0];

        play.State.ShouldBe(SessionState.Paused);
        play.It.Reason.ShouldBe(SessionReason.Rejected);
        play.It.Steps[0].ShouldSatisfyAllConditions(
            s => s.State.ShouldBe(StepState.Failed), s => s.Reason.ShouldBe(StepReason.Rejected), s => s.Outcome.ShouldBe(StepOutcome.NotRun));

        play.Ask(new GiveDirective(DirectiveKind.Retry, "again") { Actor = Operator });

        play.State.ShouldBe(SessionState.WaitingForApproval);
        play.It.OpenApproval!.Id.ShouldNotBe(first.Id);
        play.It.OpenApproval.Digest.ShouldNotBe(first.Digest);
    }

    [Fact]
    public void Rejection_Resume_GoesOnWithTheNextStepThroughItsOwnGate()
    {
        var play = new SessionPlay(Steps(2).GatedOver(1, 1, 2)).Ready().Vote(false);

        play.Ask(new GiveDirective(DirectiveKind.Resume, "skip it") { Actor = Operator });

        play.State.ShouldBe(SessionState.WaitingForApproval);
        play.It.OpenApproval!.StepNumbers.ShouldBe([2]);
        play.Vote(true).Succeed().State.ShouldBe(SessionState.Completed);
        play.Events.OfType<StepStarted>().ShouldHaveSingleItem().Step.ShouldBe(2);
    }

    [Fact]
    public void SlaBreach_Escalates_SessionKeepsWaitingAndSuccessorDecides()
    {
        var play = new SessionPlay(Steps(1).GatedAt(1)).Ready();
        var first = play.It.OpenApproval!.Id;

        play.See(ApprovalState.Expired, "sla", []);

        play.State.ShouldBe(SessionState.WaitingForApproval);
        play.Last<ApprovalExpired>().Successor.ShouldBe(play.It.OpenApproval!.Id);
        play.It.OpenApproval.EscalatedFrom.ShouldBe(first);
        var late = play.Ask(new DecideStep { Actor = Operator, StepNumber = 1, Approved = true, ApprovalId = first }).ShouldBeOfType<Decision.Refused>();
        late.Refusal.Code.ShouldBe("approval_expired");
        late.Refusal.Extra["successor"].ShouldBe(play.It.OpenApproval.Id.Value);
        play.Vote(true).State.ShouldBe(SessionState.Executing);
    }

    [Fact]
    public void SameTaskSeenTwice_VotesAreTakenOnce()
    {
        var play = new SessionPlay(Steps(1).GatedAt(1)).Ready();
        var vote = new ApprovalVote("anna", "approver", true, null, T0) { Held = ["approver"] };

        play.See(ApprovalState.Notified, null, [vote]);
        play.See(ApprovalState.Notified, null, [vote]);

        play.Events.OfType<ApprovalVoted>().ShouldHaveSingleItem();
        play.Events.OfType<ApprovalNotified>().ShouldHaveSingleItem();
    }

    [Fact]
    public void C01_GateDigest_DiffersBySessionStepAndAttempt()
    {
        var one = new SessionPlay(Steps(2).GatedAt(1)).Ready().It;

        string[] digests =
        [
            Gates.Digest(one, [1], [1]), Gates.Digest(one, [1], [2]), Gates.Digest(one, [2], [1]), Gates.Digest(one, [1, 2], [1, 1]),
            Gates.Digest(one with { Id = new(8) }, [1], [1]), Gates.Digest(one with { Tenant = new("other") }, [1], [1]),
        ];

        digests.Distinct().Count().ShouldBe(digests.Length);
    }

    [Fact]
    public void NextAssignment_AfterApprovals_NamesItsOwnFence()
    {
        var play = new SessionPlay(Steps(1)).Ready();

        play.It.Placement.Assignment.ShouldBe(AssignmentId.For(Number, 1));
        play.Last<SessionAssigned>().Attempt.ShouldBe(1);
    }
}
