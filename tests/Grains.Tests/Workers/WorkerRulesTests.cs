using Cavra.Actors.Identity;
using Cavra.Actors.Workers;
using static Cavra.Actors.Grains.Workers.WorkerGiven;

namespace Cavra.Actors.Grains.Workers;

public class WorkerRulesTests
{
    [Fact]
    public void B07_RegistersAgainWithAnotherCertificate_RefusedAndFirstStays()
    {
        var status = Connected();
        var decision = status.Decide(new WorkerCommand.Register(Registration("key-2"), T0.AddSeconds(1)));

        decision.Refusal!.Code.ShouldBe("worker_mismatch");
        decision.Events.ShouldBeEmpty();
    }

    [Fact]
    public void B07_SilentWorkerThatHoldsSessions_StillKeepsItsName()
    {
        var offline = Holding().After(new WorkerCommand.ChannelAlive("c1", 1, T0.AddSeconds(44)), new WorkerCommand.Tick(T0.AddSeconds(45)));

        offline.Decide(new WorkerCommand.Register(Registration("key-2"), T0.AddSeconds(50))).Refusal!.Code.ShouldBe("worker_mismatch");
    }

    [Fact]
    public void SilentEmptyWorker_NewCertificateOfTheSameName_TakesOver()
    {
        var offline = Connected().After(new WorkerCommand.ChannelAlive("c1", 1, T0.AddSeconds(44)), new WorkerCommand.Tick(T0.AddSeconds(45)));

        offline.After(new WorkerCommand.Register(Registration("key-2"), T0.AddSeconds(50))).Registration!.CertificateKey.ShouldBe("key-2");
    }

    [Fact]
    public void SameRegistrationAgain_IsASignOfLifeOnly() =>
        Connected().Decide(new WorkerCommand.Register(Registration(), T0.AddSeconds(1))).Events.ShouldBe([new WorkerEvent.SeenAgain(T0.AddSeconds(1))]);

    [Fact]
    public void B09_DrainWithOneSession_ItEndsNoNewOneComesThenItLeaves()
    {
        var status = Holding().After(new WorkerCommand.Drain("maintenance", T0));
        status.Decide(new WorkerCommand.Drain("again", T0)).ShouldBe(WorkerDecision.NoOp);
        status.Decide(new WorkerCommand.Reserve(Place(Second, 2), T0)).Refusal!.Code.ShouldBe("draining");

        var refused = status.Decide(new WorkerCommand.Unregister(T0));
        refused.Refusal!.Code.ShouldBe("worker_has_sessions");
        status = WorkerMachine.Apply(status, refused.Events).After(new WorkerCommand.Release(First, false, T0.AddSeconds(9)));

        status.Registered.ShouldBeFalse();
        status.State.ShouldBe(WorkerState.Offline);
    }

    [Fact]
    public void Undrained_AfterAskingToLeave_Stays()
    {
        var status = Holding().After(new WorkerCommand.Drain("maintenance", T0));
        status = WorkerMachine.Apply(status, status.Decide(new WorkerCommand.Unregister(T0)).Events);

        status.After(new WorkerCommand.Undrain(T0), new WorkerCommand.Release(First, false, T0)).State.ShouldBe(WorkerState.Idle);
    }

    [Fact]
    public void Full_Reserve_RefusedUntilAPlaceIsFree()
    {
        var full = Holding(maxConcurrency: 1);
        full.Decide(new WorkerCommand.Reserve(Place(Second, 2), T0)).Refusal!.Code.ShouldBe("full");

        full.After(new WorkerCommand.Release(First, false, T0), new WorkerCommand.Reserve(Place(Second, 2), T0)).Held.Keys.ShouldBe([Second]);
    }

    [Fact]
    public void NewFenceOfOneSession_ReplacesItsPlace()
    {
        var second = AssignmentId.For(new SessionId(1), 2);

        Holding(maxConcurrency: 1).After(new WorkerCommand.Reserve(Place(second, 1), T0)).Held.Keys.ShouldBe([second]);
    }

    [Fact]
    public void FrameOfAnUnknownAssignment_KeepsThePlace_ButNotACancel()
    {
        Connected().After(new WorkerCommand.Use(new(9), First, Ends: false, T0)).Held.Keys.ShouldBe([First]);
        Connected().After(new WorkerCommand.Use(new(9), First, Ends: true, T0)).Held.ShouldBeEmpty();
    }

    [Fact]
    public void GiveBack_OnceAFrameWentDown_ChangesNothing()
    {
        Holding().Decide(new WorkerCommand.Release(First, OnlyUnused: true, T0)).ShouldBe(WorkerDecision.NoOp);
        Connected().After(new WorkerCommand.Reserve(Place(First, 1), T0), new WorkerCommand.Release(First, OnlyUnused: true, T0)).Held.ShouldBeEmpty();
    }

    [Fact]
    public void OwnDrain_EndsWhenTheProcessRegistersAgain_AnAdminsDoesNot()
    {
        Connected().After(new WorkerCommand.Drain(WorkerMachine.OwnDrain, T0), new WorkerCommand.Register(Registration(), T0)).State.ShouldBe(WorkerState.Idle);
        Connected().After(new WorkerCommand.Drain("maintenance", T0), new WorkerCommand.Register(Registration(), T0)).State.ShouldBe(WorkerState.Draining);
    }

    [Fact]
    public void StoredAndRestored_WhatIsDurableIsTheSame()
    {
        foreach (var (name, status) in Situations.Where(s => s.Status.Registration is not null))
        {
            var restored = WorkerProjection.Restore(WorkerProjection.Record(Id, status, 3, T0), [], Timing, T0);
            (restored.Registered, restored.DrainReason, restored.LastBadAt, restored.RegisteredAt)
                .ShouldBe((status.Registered, status.DrainReason, status.LastBadAt, status.RegisteredAt), name);
        }
    }
}
