using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using static Cavra.Actors.Grains.Dispatch.DispatchGiven;

namespace Cavra.Actors.Grains.Dispatch;

public class DispatchGrainTests
{
    [Fact]
    public async Task WorkerWithRoom_IsOfferedAtOnce_AndTheSameOfferAgain()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1");

        var first = await host.Dispatch().Request(Request());
        var again = await host.Dispatch().Request(Request());

        (first.Worker!.Value.Value, first.Transport).ShouldBe(("w1", TransportChannel.Websocket));
        again.ShouldBe(first);
        (await host.Worker("w1").View())!.CurrentLoad.ShouldBe(1);
        GC.KeepAlive(channel);
    }

    [Fact]
    public async Task NobodyThere_SessionWaits_AndIsNudgedWhenAWorkerComes()
    {
        await using var host = await GrainsHost.StartAsync();
        (await host.Dispatch().Request(Request())).QueuePosition.ShouldBe(1);

        var channel = await host.Connect("w1");

        (await host.Sessions.Next()).ShouldBe("1 nudge");
        (await host.Dispatch().Request(Request())).Worker!.Value.Value.ShouldBe("w1");
        GC.KeepAlive(channel);
    }

    [Fact]
    public async Task FullWorker_PlaceFreed_OldestSessionIsOfferedIt()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1");
        var held = await host.Dispatch().Request(Request(1));
        (await host.Dispatch().Request(Request(3))).QueuePosition.ShouldBe(1);
        (await host.Dispatch().Request(Request(2))).Worker.ShouldBeNull();

        await host.Worker("w1").Release(AssignmentId.For(new(1), 1));

        (await host.Sessions.Next()).ShouldBe("2 nudge");
        held.Worker.ShouldNotBeNull();
        (await host.Dispatch().Request(Request(2))).Worker!.Value.Value.ShouldBe("w1");
        (await host.Dispatch().Explain(Request(3))).QueuePosition.ShouldBe(1);
        GC.KeepAlive(channel);
    }

    [Fact]
    public async Task SessionThatNobodyFits_DoesNotHoldUpYoungerOnes()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1", 1, "shell");
        (await host.Dispatch().Request(Request(1, 1, "rare"))).Worker.ShouldBeNull();

        (await host.Dispatch().Request(Request(2, 1, "shell"))).Worker!.Value.Value.ShouldBe("w1");
        GC.KeepAlive(channel);
    }

    [Fact]
    public async Task Withdrawn_UnusedOfferIsGivenBack()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1");
        await host.Dispatch().Request(Request(1));

        await host.Dispatch().Withdraw(new(1));

        (await host.Dispatch().Request(Request(2))).Worker.ShouldNotBeNull();
        GC.KeepAlive(channel);
    }

    [Fact]
    public async Task OfferNeverFetched_GoesToTheNextOne()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Dispatch().Request(Request(1));
        var channel = await host.Connect("w1");
        (await host.Sessions.Next()).ShouldBe("1 nudge");
        await host.Dispatch().Withdraw(new(1));
        (await host.Dispatch().Request(Request(2))).Worker.ShouldNotBeNull();
        GC.KeepAlive(channel);
    }

    [Fact]
    public async Task NextAttempt_GetsANewPlace_TheOldOneIsNotHeldTwice()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1");
        await host.Dispatch().Request(Request(1, fence: 1));

        var second = await host.Dispatch().Request(Request(1, fence: 2));

        second.Worker.ShouldNotBeNull();
        (await host.Worker("w1").View())!.Assignments.Select(a => a.AssignmentId).ShouldBe([AssignmentId.For(new(1), 2)]);
        GC.KeepAlive(channel);
    }

    [Fact]
    public async Task Why_NamesTheFirstRuleOfEachWorker_AndNoOtherTenantsWorkers()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1", 1, "shell");
        var other = await host.Connect("w2", 1, "shell", "rare");
        await host.Worker("w3").Register(Workers.WorkerGiven.Registration() with { Tenants = [new("other")] });
        await host.Worker("w2").Drain(new Actor { Subject = "ada", Tenant = new("demo") }, "maintenance");

        var why = await host.Dispatch().Explain(Request(1, 1, "rare"));

        why.Workers.Select(w => (w.WorkerId.Value, w.Fits, w.Rule)).ShouldBe([("w1", false, "capabilities"), ("w2", false, "draining")], ignoreOrder: true);
        GC.KeepAlive((channel, other));
    }

    [Fact]
    public async Task DispatcherBeginsAnew_SessionAsksAgain_PlaceIsTheSame()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1");
        await host.Dispatch("demo/dev").Request(Request(1));

        // Another dispatcher object without any memory of the offer: the reservation is idempotent at the worker.
        var reply = await host.Dispatch("demo/dev2").Request(Request(1));

        reply.Worker!.Value.Value.ShouldBe("w1");
        (await host.Worker("w1").View())!.CurrentLoad.ShouldBe(1);
        GC.KeepAlive(channel);
    }
}
