using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Sessions.SessionGiven;
using static Cavra.Actors.Grains.Sessions.SessionHost;

namespace Cavra.Actors.Grains.Sessions;

public class ExecutionSessionFaultTests
{
    [Fact]
    public async Task F01_ResultFailsBeforeTheCommit_RefusedAndTakenWhenSentAgain()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));
        host.Journal.Faults.Enqueue(MemoryJournal.Fault.Before);

        (await host.TellAsync(Result(command))).ShouldHaveSingleItem().Code.ShouldBe("unavailable");
        var again = (await host.TellAsync(Result(command))).ShouldHaveSingleItem();

        again.ShouldSatisfyAllConditions(r => r.Accepted.ShouldBeTrue(), r => r.Duplicate.ShouldBeFalse());
        (await host.Session.View())!.State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public async Task F01_ResultFailsAfterTheCommit_MemoryIsReadAnewAndTheRepeatIsADuplicate()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));
        host.Journal.Faults.Enqueue(MemoryJournal.Fault.After);

        (await host.TellAsync(Result(command))).ShouldHaveSingleItem().Code.ShouldBe("unavailable");
        var again = (await host.TellAsync(Result(command))).ShouldHaveSingleItem();

        again.ShouldSatisfyAllConditions(r => r.Accepted.ShouldBeTrue(), r => r.Duplicate.ShouldBeTrue());
        await host.World.Called("release asg-7-1");
        EventChain.Check(Demo, Number, host.Journal.Events(Number)).ShouldBeNull();
    }

    [Fact]
    public async Task F01_CreateFailsAfterTheCommit_TheSessionLivesAndIsAssigned()
    {
        await using var host = await StartAsync();
        host.Journal.Faults.Enqueue(MemoryJournal.Fault.After);

        (await host.CreateAsync(Steps(1))).Refusal!.Code.ShouldBe("unavailable");
        host.Time.Advance(TimeSpan.FromSeconds(1));

        (await host.World.Next<AssignFrame>()).SessionId.ShouldBe(Number);
        (await host.Session.View())!.State.ShouldBe(SessionState.AssigningWorker);
    }

    [Fact]
    public async Task B08_AnotherActivationWrote_ThisOneGoesAndNothingIsDoubled()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(2));
        host.Journal.Faults.Enqueue(MemoryJournal.Fault.Conflict);
        var sent = host.World.Sent.Count;

        (await host.TellAsync(Result(command))).ShouldHaveSingleItem().Code.ShouldBe("unavailable");

        host.World.Sent.Skip(sent).OfType<CommandFrame>().ShouldBeEmpty("a turn that lost sends nothing new");
        (await host.TellAsync(Result(command))).ShouldHaveSingleItem().Accepted.ShouldBeTrue();
        host.Journal.Events(Number).Count(e => e.EventType == EventTypes.StepCompleted).ShouldBe(1);
    }

    [Fact]
    public async Task DatabaseAwayForTwentySeconds_EverythingIsRefusedAndTheSessionGoesOnAfterwards()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));
        host.Journal.Down = true;

        (await host.TellAsync(Result(command))).ShouldHaveSingleItem().Code.ShouldBe("unavailable");
        (await host.Session.Execute(new CancelSession("x") { Actor = Operator })).Refusal!.Code.ShouldBe("unavailable");
        for (var second = 0; second < 20; second++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await host.Session.Why();
        }

        host.Journal.Down = false;
        (await host.TellAsync(Result(command))).ShouldHaveSingleItem().Accepted.ShouldBeTrue();
        (await host.Session.View())!.State.ShouldBe(SessionState.Completed);
    }

    [Fact]
    public async Task WorkerLostWhileTheDatabaseIsAway_IsNotForgotten()
    {
        await using var host = await StartAsync();
        var command = await host.RunningAsync(Steps(1));
        host.Journal.Down = true;
        await host.Session.WorkerChanged(WorkerA, command.AssignmentId, lost: true);
        await host.Session.Execute(new PauseSession("x") { Actor = Operator });
        host.Journal.Down = false;

        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Journal.UntilType(Number, EventTypes.WorkerLost);

        (await host.Session.View())!.Reason.ShouldBe(SessionReason.WorkerLost);
    }

    [Fact]
    public async Task StartedWhileTheDatabaseIsAway_AnswersUnavailableInsteadOfFailing()
    {
        await using var host = await StartAsync();
        await host.CreateAsync(Steps(1));
        await host.RestartAsync();
        host.Journal.Down = true;

        (await host.Session.Execute(new CancelSession("x") { Actor = Operator })).Refusal!.Code.ShouldBe("unavailable");
        host.Journal.Down = false;

        (await host.Session.Execute(new CancelSession("x") { Actor = Operator })).View!.State.ShouldBe(SessionState.Cancelled);
    }

    [Fact]
    public async Task StoreOverloaded_CommandRefusedAndNothingChanged()
    {
        await using var host = await StartAsync();
        await host.RunningAsync(Steps(1));
        host.Journal.Faults.Enqueue(MemoryJournal.Fault.Overloaded);

        (await host.Session.Execute(new CancelSession("x") { Actor = Operator })).Refusal!.Code.ShouldBe("unavailable");

        (await host.Session.View())!.State.ShouldBe(SessionState.Executing);
    }

    [Fact]
    public async Task C13_ApprovalTasksDown_TheSessionWaitsAndAsksAgain()
    {
        await using var host = await StartAsync();
        host.World.TasksDown = true;
        await host.CreateAsync(Steps(1).GatedAt(1));
        var assign = await host.World.Next<AssignFrame>();
        await host.TellAsync(Ack(assign), Preflight(assign));
        host.World.Calls.ShouldNotContain("open appr-7-1");
        host.World.TasksDown = false;

        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Journal.UntilType(Number, EventTypes.ApprovalNotified);

        await host.World.Called("open appr-7-1");
    }
}
