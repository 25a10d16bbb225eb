using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using static Cavra.Actors.Grains.Workers.WorkerGiven;

namespace Cavra.Actors.Grains.Workers;

public class WorkerSilenceTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void B03_NoHeartbeat_OfflineAt45SecondsToTheMillisecond()
    {
        var status = Connected().After(new WorkerCommand.ChannelAlive("c1", 1, T0.AddSeconds(40)));

        WorkerMachine.Due(status, Timing).ShouldBe(T0.AddSeconds(45));
        status.Decide(new WorkerCommand.Tick(T0.AddSeconds(45) - Millisecond)).Events.ShouldBeEmpty();
        status.After(new WorkerCommand.Tick(T0.AddSeconds(45))).State.ShouldBe(WorkerState.Offline);
    }

    [Fact]
    public void B03_HeartbeatJustBeforeTheLimit_NothingChanged()
    {
        var status = Holding().After(
            new WorkerCommand.ChannelAlive("c1", 1, T0.AddSeconds(44)),
            new WorkerCommand.Heartbeat(Beat(), T0.AddSeconds(45) - Millisecond),
            new WorkerCommand.Tick(T0.AddSeconds(45)));

        status.State.ShouldBe(WorkerState.Assigned);
        status.LastBadAt.ShouldBeNull();
        status.SessionsToldLost.ShouldBeFalse();
    }

    [Fact]
    public void B03_OfflineWithSessions_TellsThemOnceAndAgainWhenItIsBack()
    {
        var offline = Holding().After(new WorkerCommand.ChannelAlive("c1", 1, T0.AddSeconds(44)));
        var decision = offline.Decide(new WorkerCommand.Tick(T0.AddSeconds(45)));
        decision.Events.OfType<WorkerEvent.SessionsLost>().Count().ShouldBe(1);
        offline = WorkerMachine.Apply(offline, decision.Events);
        offline.Decide(new WorkerCommand.Tick(T0.AddSeconds(46))).Events.OfType<WorkerEvent.SessionsLost>().ShouldBeEmpty();

        var back = offline.Decide(new WorkerCommand.Heartbeat(Beat(), T0.AddSeconds(47)));
        back.Events.OfType<WorkerEvent.SessionsBack>().Count().ShouldBe(1);
        WorkerMachine.Apply(offline, back.Events).State.ShouldBe(WorkerState.Assigned);
    }

    [Fact]
    public void B04_OrchestratorRestarts_SilentWorkerKeepsAFullGrace()
    {
        var record = WorkerProjection.Record(Id, Holding(), 1, T0);
        var start = T0.AddMinutes(10);
        var status = WorkerProjection.Restore(record, [new OpenAssignment(First, new(1), new("demo"))], Timing, start);

        status.State.ShouldBe(WorkerState.Assigned);
        WorkerMachine.Due(status, Timing).ShouldBe(start.AddSeconds(45));
        status.Decide(new WorkerCommand.Tick(start.AddSeconds(20))).Events.ShouldBeEmpty();
        status.Decide(new WorkerCommand.Tick(start.AddSeconds(45))).Events.Select(e => e.GetType())
            .ShouldBe([typeof(WorkerEvent.WentOffline), typeof(WorkerEvent.SessionsLost)]);
    }

    [Fact]
    public void ChannelCloses_NoReturnWithinGrace_SessionsLostAfterFiveSeconds()
    {
        var status = Holding().After(new WorkerCommand.CloseChannel("c1", T0.AddSeconds(1)));

        WorkerMachine.Due(status, Timing).ShouldBe(T0.AddSeconds(6));
        status.Decide(new WorkerCommand.Tick(T0.AddSeconds(6) - Millisecond)).Events.ShouldBeEmpty();
        status.Decide(new WorkerCommand.Tick(T0.AddSeconds(6))).Events.ShouldBe([new WorkerEvent.SessionsLost()]);
    }

    [Fact]
    public void ChannelCloses_BackWithinGrace_SessionsToldToResendAndNeverLost()
    {
        var status = Holding().After(new WorkerCommand.CloseChannel("c1", T0));
        var back = status.Decide(new WorkerCommand.OpenChannel("c2", TransportChannel.Websocket, T0.AddSeconds(4)));

        back.Events.OfType<WorkerEvent.SessionsBack>().Count().ShouldBe(1);
        WorkerMachine.Apply(status, back.Events).Decide(new WorkerCommand.Tick(T0.AddSeconds(5))).Events.ShouldBeEmpty();
    }

    [Fact]
    public void PongsStop_SocketHostSaysNothing_LostWithinThirtySeconds()
    {
        var status = Holding().After(new WorkerCommand.ChannelAlive("c1", 1, T0.AddSeconds(1)), new WorkerCommand.Heartbeat(Beat(), T0.AddSeconds(15)));
        var lostAt = T0.AddSeconds(1) + Timing.ChannelSilence;

        status = status.After(new WorkerCommand.Tick(lostAt));
        status.Channel.ShouldBeNull();
        status = status.After(new WorkerCommand.Tick(lostAt + Timing.FailoverGrace));
        status.SessionsToldLost.ShouldBeTrue();
        (lostAt + Timing.FailoverGrace - T0.AddSeconds(1)).ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void OldChannelCloses_AfterANewOneOpened_NothingIsLost() =>
        Holding().After(new WorkerCommand.OpenChannel("c2", TransportChannel.Websocket, T0)).Decide(new WorkerCommand.CloseChannel("c1", T0)).Events.ShouldBeEmpty();

    [Fact]
    public void ReservedAndNeverUsed_PlaceIsGivenBackAfterThirtySeconds()
    {
        var status = Connected().After(new WorkerCommand.ChannelAlive("c1", 1, T0.AddSeconds(20)), new WorkerCommand.Reserve(Place(First, 1), T0));

        status.Decide(new WorkerCommand.Tick(T0.AddSeconds(30) - Millisecond)).Events.ShouldBeEmpty();
        status.After(new WorkerCommand.Tick(T0.AddSeconds(30))).Held.ShouldBeEmpty();
    }
}
