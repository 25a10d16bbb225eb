using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

public class SessionFailureTests
{
    [Theory]
    [InlineData(OnFailure.Fail, TargetEnvironment.Prod, SessionState.Failed)]
    [InlineData(OnFailure.Pause, TargetEnvironment.Dev, SessionState.Paused)]
    [InlineData(OnFailure.Rollback, TargetEnvironment.Dev, SessionState.Failed)]
    [InlineData(OnFailure.Rollback, TargetEnvironment.Staging, SessionState.Paused)]
    internal void StepFails_NothingToRollBack_EndsAsTheStepAndEnvironmentSay(OnFailure onFailure, TargetEnvironment environment, SessionState expected)
    {
        var play = new SessionPlay(Steps(2, s => s with { OnFailure = onFailure }).In(environment)).Ready().Fail();

        play.State.ShouldBe(expected);
        play.It.Reason.ShouldBe(SessionReason.StepFailed);
    }

    [Fact]
    public void StepFails_WithRollback_RollsBackInReverseEachUnderItsOwnDecision()
    {
        var play = new SessionPlay(Steps(3, WithRollback)).Ready().Succeed().Succeed();
        var from = play.Events.Count;

        play.Fail();
        play.State.ShouldBe(SessionState.Rollback);
        play.End(StepOutcome.Succeeded, 0).End(StepOutcome.Succeeded, 0).End(StepOutcome.Succeeded, 0);

        play.State.ShouldBe(SessionState.Failed);
        play.It.Reason.ShouldBe(SessionReason.RolledBack);
        play.It.Steps.ShouldAllBe(s => s.State == StepState.RolledBack);
        play.Events.OfType<RollbackCompleted>().Select(e => e.Step).ShouldBe([3, 2, 1]);
        play.Events.Skip(from).OfType<PolicyDecided>().Where(e => e.IsRollback).Select(e => e.Step).ShouldBe([3, 2, 1]);
    }

    [Fact]
    public void RollbackFails_PausesForAHuman()
    {
        var play = new SessionPlay(Steps(1, WithRollback)).Ready().Fail().End(StepOutcome.Failed, 1);

        play.State.ShouldBe(SessionState.Paused);
        play.It.Reason.ShouldBe(SessionReason.RollbackFailed);
    }

    [Fact]
    public void C13_RollbackDeniedByPolicy_IsNotRunAndPauses()
    {
        var play = new SessionPlay(Steps(1, s => WithRollback(s) with { RollbackDecision = Denied })).Ready().Fail();

        play.State.ShouldBe(SessionState.Paused);
        play.It.Run.ShouldBeNull();
        play.Last<RollbackCompleted>().Outcome.ShouldBe(StepOutcome.NotRun);
    }

    [Fact]
    public void LowBlastStepWithRetries_Fails_RunsAgainAfterBackoffWithoutAGate()
    {
        var play = new SessionPlay(Steps(1, s => s with { MaxRetries = 1, RetryBackoffSeconds = 5 })).Ready().Fail();

        play.It.Run.ShouldBeNull();
        play.TimePasses(TimeSpan.FromSeconds(4)).ShouldBeOfType<Decision.NoOp>();
        play.TimePasses(TimeSpan.FromSeconds(1)).ShouldBeOfType<Decision.Accepted>();
        play.It.Run!.Key.Attempt.ShouldBe(2);
        play.Fail().State.ShouldBe(SessionState.Failed);
        play.Events.OfType<StepRetrying>().ShouldHaveSingleItem();
    }

    [Fact]
    public void MediumBlastStepWithRetries_Fails_AsksAHumanEvenWhereTheGateWasAutomatic()
    {
        var play = new SessionPlay(Steps(1, s => s with { MaxRetries = 1, BlastRadius = BlastRadius.Medium }).AutomaticAt(1)).Ready().Fail();

        play.State.ShouldBe(SessionState.WaitingForApproval);
        play.It.OpenApproval!.Attempts.ShouldBe([2]);
        play.Vote(true);
        play.It.Run.ShouldBeNull("the backoff still runs");
        play.TimePasses(TimeSpan.FromSeconds(5));
        play.It.Run!.Key.Attempt.ShouldBe(2);
    }

    [Fact]
    public void C01_ApprovedStepFails_DirectiveRetry_NeedsAFreshApproval()
    {
        var play = new SessionPlay(Steps(1, s => s with { BlastRadius = BlastRadius.Medium, OnFailure = OnFailure.Pause }).GatedAt(1)).Ready().Vote(true).Fail();

        play.Ask(new GiveDirective(DirectiveKind.Retry, "again") { Actor = Operator });

        play.State.ShouldBe(SessionState.WaitingForApproval);
        play.Vote(false);
        play.Ask(new GiveDirective(DirectiveKind.Retry, "and again") { Actor = Operator });
        play.State.ShouldBe(SessionState.WaitingForApproval, "a rejected retry is never approved by rules");
    }

    [Fact]
    public void SuccessClaimedWithAnotherExitCode_IsAFailure()
    {
        var play = new SessionPlay(Steps(1)).Ready().End(StepOutcome.Succeeded, 3);

        play.It.Steps[0].Reason.ShouldBe(StepReason.ExitCode);
        play.State.ShouldBe(SessionState.Failed);
    }

    [Fact]
    public void WorkerLostMidStep_WithRollback_RollsBackOnAnotherWorkerThenPausesAlsoInDev()
    {
        var play = new SessionPlay(Steps(2, WithRollback)).Ready();
        play.Tell(play.Started());

        play.Do(new SessionInput.WorkerGone(WorkerA, play.Assignment));

        play.It.Steps[0].ShouldSatisfyAllConditions(
            s => s.State.ShouldBe(StepState.Failed), s => s.Reason.ShouldBe(StepReason.WorkerLost), s => s.Outcome.ShouldBe(StepOutcome.Unknown));
        play.State.ShouldBe(SessionState.Rollback);
        play.It.Placement.Kind.ShouldBe(PlacementKind.Seeking);
        play.Ready(WorkerB).End(StepOutcome.Succeeded, 0);
        play.State.ShouldBe(SessionState.Paused);
        play.It.Reason.ShouldBe(SessionReason.WorkerLost);
        play.Events.OfType<StepStarted>().ShouldHaveSingleItem("nothing ran again by itself");
    }

    [Fact]
    public void WorkerLostMidStep_WithoutRollback_PausesAndRetryGoesToANewFence()
    {
        var play = new SessionPlay(Steps(2)).Ready();
        play.Do(new SessionInput.WorkerGone(WorkerA, play.Assignment));

        play.State.ShouldBe(SessionState.Paused);
        play.Ask(new GiveDirective(DirectiveKind.Retry, "confirmed") { Actor = Operator });
        play.State.ShouldBe(SessionState.Queued);
        play.Ready(WorkerB);
        play.It.Run!.Key.ShouldBe(new(AssignmentId.For(Number, 2), 1, 2, false));
    }

    [Fact]
    public void RollbackAfterLoss_DirectiveRetry_RunsWhatWasUndoneAgainFromItsFirstStep()
    {
        var play = new SessionPlay(Steps(2, WithRollback)).Ready().Succeed();
        play.Do(new SessionInput.WorkerGone(WorkerA, play.Assignment));
        play.Ready(WorkerB).End(StepOutcome.Succeeded, 0).End(StepOutcome.Succeeded, 0);
        play.State.ShouldBe(SessionState.Paused);

        play.Ask(new GiveDirective(DirectiveKind.Retry, "confirmed") { Actor = Operator });

        play.It.Run!.Key.Step.ShouldBe(1);
        play.Succeed().Succeed().State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public void ResultOverdue_WorkerSilent_TimesOutFencedOffAndPaused()
    {
        var play = new SessionPlay(Steps(1)).Ready();

        play.TimePasses(TimeSpan.FromSeconds(89)).ShouldBeOfType<Decision.NoOp>();
        play.TimePasses(TimeSpan.FromSeconds(1)).ShouldBeOfType<Decision.Accepted>();

        play.State.ShouldBe(SessionState.Paused);
        play.It.Reason.ShouldBe(SessionReason.TimedOut);
        play.It.Placement.HasWorker.ShouldBeFalse();
    }

    [Fact]
    public void WorkerLostWhileWaitingForApproval_Recovered_KeepsItsAssignment()
    {
        var play = new SessionPlay(Steps(1).GatedAt(1)).Ready();
        var assignment = play.Assignment;

        play.Do(new SessionInput.WorkerGone(WorkerA, assignment));
        play.Do(new SessionInput.WorkerBack(WorkerA, assignment));
        play.Vote(true);

        play.It.Run!.Key.Assignment.ShouldBe(assignment);
        play.Names().ShouldContain("worker.recovered");
    }

    [Fact]
    public void WorkerLostWhileWaitingForApproval_Approved_GoesToAnotherWorker()
    {
        var play = new SessionPlay(Steps(1).GatedAt(1)).Ready();
        play.Do(new SessionInput.WorkerGone(WorkerA, play.Assignment));

        play.Vote(true).State.ShouldBe(SessionState.Queued);
        play.Ready(WorkerB).Succeed().State.ShouldBe(SessionState.Completed);
    }
}
