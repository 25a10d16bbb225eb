using Cavra.Actors.Sessions;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

public class SessionHazardTests
{
    [Fact]
    public void A06_ResultThreeTimesAlsoAfterTheEnd_AppliedOnceAndAnsweredAsDuplicate()
    {
        var play = new SessionPlay(Steps(1)).Ready();
        var result = play.Result();

        play.Tell(result).ShouldBeOfType<Decision.Accepted>();
        play.State.ShouldBe(SessionState.Completed);
        var events = play.Events.Count;
        play.Tell(result, WorkerA).ShouldBeOfType<Decision.NoOp>().Code.ShouldBe("duplicate");
        play.Tell(result, WorkerA).ShouldBeOfType<Decision.NoOp>();

        play.Events.Count.ShouldBe(events);
    }

    [Fact]
    public void A07_ResultOfAnotherStepOrOfACancelledSession_RefusedAndNothingChanges()
    {
        var play = new SessionPlay(Steps(3)).Ready().Succeed();

        Refusal(play.Tell(play.Result() with { StepNumber = 3 })).ShouldBe("stale_assignment");
        Refusal(play.Tell(play.Result() with { Attempt = 2 })).ShouldBe("stale_assignment");
        Refusal(play.Tell(play.Result() with { StepNumber = 99 })).ShouldBe("stale_assignment");
        var running = play.Result();
        play.Ask(new CancelSession("stop") { Actor = Operator });
        var events = play.Events.Count;
        Refusal(play.Tell(running, WorkerA)).ShouldBe("stale_assignment");

        play.Events.Count.ShouldBe(events);
        play.State.ShouldBe(SessionState.Cancelled);
    }

    [Fact]
    public void D03_AnotherWorkerReports_Refused()
    {
        var play = new SessionPlay(Steps(1)).Ready();

        Refusal(play.Tell(play.Result(), WorkerB)).ShouldBe("stale_assignment");
        play.State.ShouldBe(SessionState.Executing);
    }

    [Fact]
    public void B01_NoAckInFiveSeconds_QueuedAgainWithTheNextAttemptAndTheLateAckRefused()
    {
        var play = new SessionPlay(Steps(1)).Offer();
        var late = play.Ack();

        play.TimePasses(TimeSpan.FromMilliseconds(4999)).ShouldBeOfType<Decision.NoOp>();
        play.TimePasses(TimeSpan.FromMilliseconds(1)).ShouldBeOfType<Decision.Accepted>();

        play.State.ShouldBe(SessionState.Queued);
        play.Last<SessionAssignmentFailed>().Reason.ShouldBe(AssignmentFailure.NoAck);
        Refusal(play.Tell(late, WorkerA)).ShouldBe("stale_assignment");
        play.Now += TimeSpan.FromSeconds(5);
        play.Offer().Last<SessionAssigned>().Attempt.ShouldBe(2);
    }

    [Fact]
    public void B02_ThreeAttemptsWithFiveAndFifteenSecondsBetween_ThenFailedAssignmentAndNeverAFourth()
    {
        var play = new SessionPlay(Steps(1));
        foreach (var wait in new[] { 5, 15 })
        {
            play.Offer().TimePasses(TimeSpan.FromSeconds(5));
            play.It.Placement.NextTryAt.ShouldBe(play.Now + TimeSpan.FromSeconds(wait));
            play.Do(new SessionInput.Offered(WorkerA, TransportChannel.Websocket)).ShouldBeOfType<Decision.NoOp>("it is too early");
            play.Now += TimeSpan.FromSeconds(wait);
        }

        play.Offer().TimePasses(TimeSpan.FromSeconds(5));

        play.State.ShouldBe(SessionState.Failed);
        play.It.Reason.ShouldBe(SessionReason.FailedAssignment);
        play.It.AssignmentRetries.ShouldBe(3);
        play.Events.OfType<SessionAssigned>().Count().ShouldBe(3);
        play.Do(new SessionInput.Offered(WorkerA, TransportChannel.Websocket)).ShouldBeOfType<Decision.NoOp>();
    }

    [Fact]
    public void LastAttemptFailsInPreflight_EndsAsPreflightFailed()
    {
        var play = new SessionPlay(Steps(1), options: Options with { AssignmentAttempts = 1 }).Offer();

        play.Tell(play.Preflight(ok: false));

        play.It.Reason.ShouldBe(SessionReason.PreflightFailed);
    }

    [Fact]
    public void NoWorkerForHalfAnHour_FailsWithoutUsingAnAttempt()
    {
        var play = new SessionPlay(Steps(1));

        play.TimePasses(TimeSpan.FromMinutes(30));

        play.It.Reason.ShouldBe(SessionReason.FailedAssignment);
        play.It.AssignmentRetries.ShouldBe(0);
    }

    [Fact]
    public void AckWithoutPreflight_WaitsLongerThanTheAck()
    {
        var play = new SessionPlay(Steps(1)).Offer();
        var acked = play.Now;

        play.TimePasses(TimeSpan.FromSeconds(30), acked).ShouldBeOfType<Decision.NoOp>();
        play.TimePasses(TimeSpan.FromSeconds(30), acked).ShouldBeOfType<Decision.Accepted>();

        play.Last<SessionAssignmentFailed>().Reason.ShouldBe(AssignmentFailure.AssignmentError);
    }

    [Fact]
    public void B05_ZombieUnderAnOldFence_IsRefusedAndWhatItTellsOnlySettlesTheUnknown()
    {
        var play = new SessionPlay(Steps(2)).Ready();
        var zombie = play.Result();
        play.Do(new SessionInput.WorkerGone(WorkerA, play.Assignment));

        play.Tell(zombie, WorkerA).ShouldBeOfType<Decision.Settled>();

        play.State.ShouldBe(SessionState.Paused);
        play.It.Steps[0].Outcome.ShouldBe(StepOutcome.Succeeded);
        play.It.Steps[0].State.ShouldBe(StepState.Failed);
        play.Tell(zombie, WorkerA).ShouldBeOfType<Decision.NoOp>("it was taken once");
    }

    [Fact]
    public void B05_SessionMovedOn_ZombieChangesNothing()
    {
        var play = new SessionPlay(Steps(2)).Ready();
        var zombie = play.Result();
        play.Do(new SessionInput.WorkerGone(WorkerA, play.Assignment));
        play.Ask(new GiveDirective(DirectiveKind.Retry, "confirmed") { Actor = Operator });
        play.Ready(WorkerB);
        var events = play.Events.Count;

        Refusal(play.Tell(zombie, WorkerA)).ShouldBe("stale_assignment");

        play.Events.Count.ShouldBe(events);
    }

    [Fact]
    public void OutputWithAGap_RefusedWithWhatIsStoredAndDuplicatesDropped()
    {
        var play = new SessionPlay(Steps(1)).Ready();
        play.Tell(play.Output(1)).AckedStreamSeq.ShouldBe(1);

        var gap = play.Tell(play.Output(3));
        Refusal(gap).ShouldBe("out_of_order");
        gap.AckedStreamSeq.ShouldBe(1);
        play.Tell(play.Output(1)).ShouldBeOfType<Decision.NoOp>().AckedStreamSeq.ShouldBe(1);
        Refusal(play.Tell(play.Result() with { LastStreamSeq = 2 })).ShouldBe("out_of_order");
        play.Tell(play.Output(2)).ShouldBeOfType<Decision.Accepted>();
        play.Tell(play.Result()).ShouldBeOfType<Decision.Accepted>();

        play.It.Steps[0].OutputBytes.ShouldBe(4);
    }

    [Fact]
    public void ResultWithItsOutputInside_StoresItInPieces()
    {
        var play = new SessionPlay(Steps(1)).Ready();

        play.Tell(play.Result() with { Stdout = new string('a', 70_000), Stderr = "oops" });

        play.Events.OfType<StepOutput>().Select(e => (e.StreamSeq, e.ChunkType, e.Data.Length)).ShouldBe([(1, "stdout", 32768), (2, "stdout", 32768), (3, "stdout", 4464), (4, "stderr", 4)]);
        play.It.Steps[0].OutputBytes.ShouldBe(70_004);
    }

    [Fact]
    public void A08_CancelAgainstResult_WhoeverIsFirstWinsAndNothingFollowsTheEnd()
    {
        var cancelled = new SessionPlay(Steps(1)).Ready();
        var result = cancelled.Result();
        cancelled.Ask(new CancelSession("stop") { Actor = Operator });
        cancelled.Tell(result, WorkerA);
        cancelled.Events[^1].ShouldBeOfType<SessionCancelled>();

        var completed = new SessionPlay(Steps(1)).Ready().Succeed();
        Refusal(completed.Ask(new CancelSession("stop") { Actor = Operator })).ShouldBe("already_ended");
        completed.Events[^1].ShouldBeOfType<SessionCompleted>();
    }

    [Fact]
    public void Pause_WhileAStepRuns_TakesEffectAfterItAndResumeGoesOn()
    {
        var play = new SessionPlay(Steps(2)).Ready();
        play.Ask(new PauseSession("lunch") { Actor = Operator });
        play.State.ShouldBe(SessionState.Executing);

        play.Succeed().State.ShouldBe(SessionState.Paused);
        play.It.Reason.ShouldBeNull();
        play.Ask(new GiveDirective(DirectiveKind.Resume, "back") { Actor = Operator });
        play.Succeed().State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public void Pause_WhileQueued_ResumeQueuesAgain()
    {
        var play = new SessionPlay(Steps(1));
        play.Ask(new PauseSession("wait") { Actor = Operator });
        play.State.ShouldBe(SessionState.Paused);

        play.Ask(new GiveDirective(DirectiveKind.Resume, "go") { Actor = Operator });

        play.State.ShouldBe(SessionState.Queued);
        play.It.StartedAt.ShouldBeNull();
        play.Ready().Succeed().State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public void ManualRollback_WhileAStepRuns_StopsItFirst()
    {
        var play = new SessionPlay(Steps(2, WithRollback)).Ready().Succeed();
        play.Ask(new RollBackSession(null, "undo") { Actor = Operator });
        play.State.ShouldBe(SessionState.Executing);
        play.It.Run!.Stop.ShouldNotBeNull();

        play.Tell(play.Result(StepOutcome.Failed, null, StepReason.Cancelled));

        play.State.ShouldBe(SessionState.Rollback);
        play.End(StepOutcome.Succeeded, 0).End(StepOutcome.Succeeded, 0);
        play.It.Reason.ShouldBe(SessionReason.RolledBack);
        play.State.ShouldBe(SessionState.Failed);
    }

    [Fact]
    public void ManualRollback_OfOneStep_ThenPaused()
    {
        var play = new SessionPlay(Steps(3, WithRollback).GatedAt(3)).Ready().Succeed().Succeed();
        play.State.ShouldBe(SessionState.WaitingForApproval);

        play.Ask(new RollBackSession(1, "undo the first") { Actor = Operator });
        play.End(StepOutcome.Succeeded, 0);

        play.State.ShouldBe(SessionState.Paused);
        play.It.Steps.Select(s => s.State).ShouldBe([StepState.RolledBack, StepState.Succeeded, StepState.Pending]);
        Refusal(play.Ask(new RollBackSession(9, "?") { Actor = Operator })).ShouldBe("no_such_step");
    }

    private static string Refusal(Decision decision) => decision.ShouldBeOfType<Decision.Refused>().Refusal.Code;
}
