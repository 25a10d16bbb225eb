using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Workers.WorkerGiven;

namespace Cavra.Actors.Grains.Workers;

public class AgentWorkerGrainTests
{
    private static readonly Actor Admin = new() { Subject = "ada", Tenant = new("demo"), Roles = ["admin"] };
    private readonly RecordingChannel _channel = new();

    [Fact]
    public async Task B03_HeartbeatsStop_ViewSaysOfflineFromTheStatedMillisecondOn()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = host.Worker("worker-a");
        await worker.Register(Registration());
        host.Time.Advance(TimeSpan.FromMilliseconds(44_999));
        (await worker.View())!.State.ShouldBe(WorkerState.Idle);

        host.Time.Advance(TimeSpan.FromMilliseconds(1));

        (await worker.View())!.State.ShouldBe(WorkerState.Offline);
    }

    [Fact]
    public async Task B04_OrchestratorRestarts_WorkerSilentForTwentySecondsIsNotOffline()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Worker("worker-a").Register(Registration());
        host.Time.Advance(TimeSpan.FromSeconds(40));
        await host.RestartAsync();
        (await host.Worker("worker-a").View())!.State.ShouldBe(WorkerState.Idle);

        host.Time.Advance(TimeSpan.FromSeconds(20));

        (await host.Worker("worker-a").View())!.State.ShouldBe(WorkerState.Idle);
    }

    [Fact]
    public async Task ChannelLostWithASession_GracePasses_SessionIsToldOnce()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = await Holding(host);
        await worker.CloseChannel("c1", "connection reset");
        await worker.View();

        host.Time.Advance(TimeSpan.FromSeconds(5));

        (await host.Sessions.Next()).ShouldBe($"1 lost {First}");
    }

    [Fact]
    public async Task ChannelBackWithinGrace_SessionIsToldToSendAgain()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = await Holding(host);
        await worker.CloseChannel("c1", "connection reset");
        await worker.OpenChannel("c2", host.Host.CreateObjectReference<IAgentChannel>(new RecordingChannel()), TransportChannel.Websocket);

        (await host.Sessions.Next()).ShouldBe($"1 back {First}");
    }

    [Fact]
    public async Task LostOrchestratorWhileASessionWasHeld_NewOneFailsItOverAfterAFullGrace()
    {
        await using var host = await GrainsHost.StartAsync();
        await Holding(host);
        host.Stores.Open.Add(new OpenAssignment(First, new(1), new("demo")));
        await host.RestartAsync();
        await host.Worker("worker-a").View();

        host.Time.Advance(TimeSpan.FromSeconds(45));

        (await host.Sessions.Next()).ShouldBe($"1 lost {First}");
    }

    [Fact]
    public async Task Frame_GoesDownTheLatestChannel_AndTheEarlierIsClosed()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = await Holding(host);
        var later = new RecordingChannel();
        await worker.OpenChannel("c2", host.Host.CreateObjectReference<IAgentChannel>(later), TransportChannel.Websocket);

        (await worker.Deliver(Cancel(First))).ShouldBeTrue();

        (await later.Arrived.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue();
        (await _channel.Closed.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldContain("replaced");
        GC.KeepAlive(later);
    }

    [Fact]
    public async Task HeartbeatNamesAnUnknownAssignment_ItIsRevoked_TheCurrentOneIsNot()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = await Holding(host);

        var reply = await worker.Heartbeat(new AgentHeartbeat { CurrentLoad = 2, Sessions = [new(new(1), First), new(new(2), Second)] });

        reply.Revoked.ShouldBe([Second]);
        reply.State.ShouldBe(WorkerState.Assigned);
    }

    [Fact]
    public async Task NeverRegistered_HeartbeatAndChannel_AreRefused()
    {
        await using var host = await GrainsHost.StartAsync();

        (await host.Worker("w").Heartbeat(Beat())).State.ShouldBeNull();
        (await host.Worker("w").OpenChannel("c", host.Host.CreateObjectReference<IAgentChannel>(_channel), TransportChannel.Websocket)).Refusal!.Code
            .ShouldBe("worker_not_registered");
        (await host.Worker("w").View()).ShouldBeNull();
    }

    [Fact]
    public async Task B07_SecondCertificate_RefusedAndTheFirstStaysAlsoInTheStore()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Worker("worker-a").Register(Registration());

        (await host.Worker("worker-a").Register(Registration("key-2"))).Refusal!.Code.ShouldBe("worker_mismatch");

        (await host.Stores.Load(new WorkerId("worker-a")))!.Registration.CertificateKey.ShouldBe("key-1");
    }

    [Fact]
    public async Task B08_AnotherActivationWroteFirst_ThisOneIsRefusedAndReadsAnew()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = host.Worker("worker-a");
        await worker.Register(Registration());
        var record = (await host.Stores.Load(new WorkerId("worker-a")))!;
        await host.Stores.Save(record with { Version = 2, State = WorkerState.Draining, Reason = "by the other" }, []);

        (await worker.Drain(Admin, "mine")).Refusal!.Code.ShouldBe("unavailable");

        (await worker.Drain(Admin, "mine")).View!.Reason.ShouldBe("by the other");
    }

    [Fact]
    public async Task B09_DrainedWhileHoldingASession_LeavesWhenItEndsAfterAsking()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = await Holding(host);
        (await worker.Drain(Admin, "maintenance")).View!.State.ShouldBe(WorkerState.Draining);
        (await worker.Drain(Admin, "again")).Refusal.ShouldBeNull();
        (await worker.Reserve(Place(Second, 2))).Rule.ShouldBe("draining");
        (await worker.Unregister()).Refusal!.Code.ShouldBe("worker_has_sessions");

        await worker.Release(First);

        // The leave is stored in the background, before the next decision.
        (await worker.Undrain(Admin, "too late")).Refusal!.Code.ShouldBe("worker_not_registered");
        (await host.Directory.List()).ShouldBeEmpty();
    }

    [Fact]
    public async Task StoreUnavailable_DrainIsRefused_PlacesAndChannelStay()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = await Holding(host);
        host.Stores.Faults.Enqueue(AppendOutcome.Unavailable);

        (await worker.Drain(Admin, "x")).Refusal!.Code.ShouldBe("unavailable");

        (await worker.Deliver(Cancel(First))).ShouldBeTrue();
        (await worker.View())!.CurrentLoad.ShouldBe(1);
        (await worker.Drain(Admin, "x")).View!.State.ShouldBe(WorkerState.Draining);
    }

    [Fact]
    public async Task EveryDecision_LeavesAnAuditRow()
    {
        await using var host = await GrainsHost.StartAsync();
        var worker = host.Worker("worker-a");
        await worker.Register(Registration());
        await worker.Drain(Admin, "maintenance");
        await worker.Undrain(Admin, "done");
        await worker.Unregister();

        host.Stores.Audit.Select(a => (a.Action, a.Actor)).ShouldBe(
            [("worker.register", "worker:worker-a"), ("worker.drain", "ada"), ("worker.undrain", "ada"), ("worker.unregister", "worker:worker-a")]);
    }

    private static CancelFrame Cancel(AssignmentId assignment) => new() { SessionId = new(1), AssignmentId = assignment, Reason = "test" };

    private async Task<IAgentWorker> Holding(GrainsHost host)
    {
        var worker = host.Worker("worker-a");
        await worker.Register(Registration());
        await worker.OpenChannel("c1", host.Host.CreateObjectReference<IAgentChannel>(_channel), TransportChannel.Websocket);
        (await worker.Reserve(Place(First, 1))).Reserved.ShouldBeTrue();
        (await worker.Deliver(new StepStartedFrame { SessionId = new(1), AssignmentId = First, StepNumber = 1 })).ShouldBeTrue();
        return worker;
    }
}
