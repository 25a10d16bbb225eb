using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Sessions.SessionGiven;
using static Cavra.Actors.Grains.Sessions.SessionHost;

namespace Cavra.Actors.Grains.Sessions;

public class ExecutionSessionTests
{
    private static readonly Actor Approver = new() { Subject = "anna", Tenant = Demo, Roles = ["approver"] };

    [Fact]
    public async Task ThreeSteps_WorkerReportsInBatches_FiveAppends()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(3));
        for (var step = 1; step <= 3; step++)
        {
            (await host.TellAsync(Started(command), Output(command, 1), Result(command, 1))).ShouldAllBe(r => r.Accepted && !r.Duplicate);
            if (step < 3) command = await host.World.Next<CommandFrame>();
        }

        (await host.Session.View())!.State.ShouldBe(SessionState.Completed);
        host.Journal.Commits.Count.ShouldBe(5);
        host.Reminders.Writes.ShouldBe(0);
        EventChain.Check(Demo, Number, host.Journal.Events(Number)).ShouldBeNull();
        host.Journal.Commits.ShouldAllBe(c => !c.Audit.IsEmpty || c.Events.All(e => !e.Payload.Contains("\"to\":", StringComparison.Ordinal)), "I8");
    }

    [Fact]
    public async Task Completed_WorkerIsReleasedAndCleansUp()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));

        await host.TellAsync(Result(command));

        (await host.World.Next<CancelFrame>()).StepNumber.ShouldBeNull();
        await host.World.Called("release asg-7-1");
        host.Journal.Commits[^1].Assignments.ShouldHaveSingleItem().Status.ShouldBe("released");
        host.Journal.Commits[^1].Outbox.ShouldHaveSingleItem().EventType.ShouldBe("session.completed");
    }

    [Fact]
    public async Task A06_ResultRepeated_AnsweredAsDuplicateAlsoAfterARestart()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));
        await host.TellAsync(Result(command));
        await host.RestartAsync();

        var receipt = (await host.TellAsync(Result(command))).ShouldHaveSingleItem();

        receipt.ShouldSatisfyAllConditions(r => r.Accepted.ShouldBeTrue(), r => r.Duplicate.ShouldBeTrue());
    }

    [Fact]
    public async Task A05_TicketBusy_RefusedWithTheRunningSessionAndTheOfferGivenBack()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1));

        var reply = await host.CreateAsync(Steps(1), number: 8);

        reply.Refusal!.Code.ShouldBe("ticket_busy");
        reply.Refusal.Extra["session_id"].ShouldBe("7");
        await host.World.Called("withdraw 8");
    }

    [Fact]
    public async Task A02_SameKeyAndBody_Replayed_A03_OtherBodyRefused()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1), new("k", "body-1", "POST /executions"));

        (await host.CreateAsync(Steps(1), new("k", "body-1", "POST /executions"), "INC-2", 8)).Replayed.ShouldBeTrue();
        (await host.CreateAsync(Steps(1), new("k", "body-2", "POST /executions"), "INC-2", 9)).Refusal!.Code.ShouldBe("idempotency_key_reused");
    }

    [Fact]
    public async Task OtherTenant_FindsNothing()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1));

        var reply = await host.Session.Execute(new CancelSession("x") { Actor = Operator with { Tenant = new("other") } });

        reply.Refusal!.Code.ShouldBe("not_found");
        reply.View.ShouldBeNull();
    }

    [Fact]
    public async Task Gate_VoteInFavour_SendsTheCommandWithATokenOfThisAttempt()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1).GatedAt(1));
        var assign = await host.World.Next<AssignFrame>();
        await host.TellAsync(Ack(assign), Preflight(assign));

        (await host.Session.Execute(new DecideStep { Actor = Operator, StepNumber = 1, Approved = true })).Refusal!.Code.ShouldBe("self_approval");
        var reply = await host.Session.Execute(new DecideStep { Actor = Approver, StepNumber = 1, Approved = true });

        reply.View!.State.ShouldBe(SessionState.Executing);
        reply.View.Approvals.ShouldHaveSingleItem().Votes.ShouldHaveSingleItem().By.ShouldBe("anna");
        (await host.World.Next<CommandFrame>()).ApprovalToken.ShouldStartWith("appr-");
        host.Journal.Commits[^1].Audit.ShouldContain(a => a.Action == "session.approve" && a.Actor == "anna");
        (await host.Session.Execute(new DecideStep { Actor = Approver, StepNumber = 1, Approved = true })).Refusal!.Extra["decided_by"].ShouldBe("anna");
    }

    [Fact]
    public async Task GateDecidedWhileTheSessionSlept_NudgeTakesItOver()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1).GatedAt(1));
        var assign = await host.World.Next<AssignFrame>();
        await host.TellAsync(Ack(assign), Preflight(assign));
        await host.Host.GetGrain<Cavra.Actors.Approvals.IApprovalTask>("appr-7-1").Vote(new(Approver, true, null, null, null, null));
        await host.RestartAsync();

        await host.Session.Nudge();

        await host.Journal.UntilType(Number, EventTypes.PolicyDecided);
        host.Journal.Events(Number).ShouldContain(e => e.EventType == EventTypes.ApprovalVote);
    }

    [Fact]
    public async Task Pause_WhileAGateIsOpen_VoidsItsTask()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1).GatedAt(1));
        var assign = await host.World.Next<AssignFrame>();
        await host.TellAsync(Ack(assign), Preflight(assign));

        (await host.Session.Execute(new PauseSession("x") { Actor = Operator })).View!.State.ShouldBe(SessionState.Paused);

        await host.World.Called("void appr-7-1");
    }

    [Fact]
    public async Task A07_StaleResult_RefusedAuditedAndWithoutEvent()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(2));
        var events = host.Journal.Events(Number).Count;

        var receipt = (await host.TellAsync(Result(command) with { StepNumber = 2 })).ShouldHaveSingleItem();

        receipt.Code.ShouldBe("stale_assignment");
        host.Journal.Events(Number).Count.ShouldBe(events);
        host.Journal.Audited.ShouldHaveSingleItem().Action.ShouldBe("agent.result");
    }

    [Fact]
    public async Task ManualRollback_WhileAStepRuns_StopsOnlyTheStep()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1, WithRollback));

        (await host.Session.Execute(new RollBackSession(null, "undo") { Actor = Operator })).Refusal.ShouldBeNull();
        (await host.World.Next<CancelFrame>()).StepNumber.ShouldBe(1);
        await host.TellAsync(Result(command) with { Status = StepOutcome.Failed, ExitCode = null, Reason = StepReason.Cancelled });

        var back = await host.World.Next<CommandFrame>();
        back.ShouldSatisfyAllConditions(c => c.IsRollback.ShouldBeTrue(), c => c.AssignmentId.ShouldBe(command.AssignmentId), c => c.Digest.ShouldBe("back-1"));
    }

    [Fact]
    public async Task Why_Queued_ExplainsEachWorker()
    {
        await using var host = await StartAsync();
        host.World.Offered = null;
        await host.CreateAsync(Steps(1));

        var why = await host.Session.Why();

        why!.WaitingFor.ShouldBe("a worker that fits");
        why.QueuePosition.ShouldBe(1);
        why.Workers.ShouldHaveSingleItem().Rule.ShouldBe("offline");
    }

    [Fact]
    public async Task NoSuchSession_EveryCallSaysSo()
    {
        await using var host = await StartAsync();

        (await host.Session.View()).ShouldBeNull();
        (await host.Session.Why()).ShouldBeNull();
        (await host.Session.Execute(new CancelSession("x") { Actor = Operator })).Refusal!.Code.ShouldBe("not_found");
        (await host.TellAsync(new StepStartedFrame { SessionId = Number, AssignmentId = new("asg-7-1"), StepNumber = 1 })).ShouldHaveSingleItem().Code.ShouldBe("not_found");
    }
}
