namespace Cavra.Actors.Embedded.Tests.Scheduling;

/// <summary>Orleans: turns of an activation never run side by side; a call runs to its end before the next begins, unless marked.</summary>
public sealed class TurnTests
{
    private static ITurnGrain Plain(GrainHostFixture host) => host.Host.GetGrain<ITurnGrain>("a", typeof(TurnGrain).FullName);

    private static ITurnGrain Reentrant(GrainHostFixture host) => host.Host.GetGrain<ITurnGrain>("a", typeof(ReentrantTurnGrain).FullName);

    [Fact]
    public async Task CallAwaits_NextCallsArrive_TheyBeginAfterItInOrder()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = Plain(host);
        var first = grain.Wait("g");
        await host.Probe.Gate("g").Arrived();
        Task[] later = [grain.Mark("1"), grain.Mark("2"), grain.Mark("3")];
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll([first, .. later]));
        host.Probe.Marks.ShouldBe(["g begins", "g ends", "1", "2", "3"]);
    }

    [Fact]
    public async Task ReentrantGrainAwaits_CallArrives_ItInterleaves()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = Reentrant(host);
        var first = grain.Wait("g");
        await host.Probe.Gate("g").Arrived();
        await GrainHostFixture.Soon(grain.Mark("between"));
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(first);
        host.Probe.Marks.ShouldBe(["g begins", "between", "g ends"]);
    }

    [Fact]
    public async Task CallAwaits_InterleavingMethodCalled_OvertakesWaitingCalls()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = Plain(host);
        var first = grain.Wait("g");
        await host.Probe.Gate("g").Arrived();
        var waiting = grain.Mark("waits");
        await GrainHostFixture.Soon(grain.MarkInterleaved("between"));
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Task.WhenAll(first, waiting));
        host.Probe.Marks.ShouldBe(["g begins", "between", "g ends", "waits"]);
    }

    [Fact]
    public async Task ReadOnlyCallAwaits_AnotherReadOnlyCalled_Interleaves_ButAWriterWaitsForBoth()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var grain = Plain(host);
        var first = grain.WaitReadOnly("r1");
        await host.Probe.Gate("r1").Arrived();
        var writer = grain.Mark("writer");
        var second = grain.WaitReadOnly("r2");
        await host.Probe.Gate("r2").Arrived();
        host.Probe.Gate("r1").Open();
        await GrainHostFixture.Soon(first);
        host.Probe.Gate("r2").Open();
        await GrainHostFixture.Soon(Task.WhenAll(second, writer));
        host.Probe.Marks.ShouldBe(["r1 begins", "r2 begins", "r1 ends", "r2 ends", "writer"]);
    }

    [Fact]
    public async Task GrainAwaits_EveryKindOfAwait_ComesBackToItsScheduler()
    {
        await using var host = await GrainHostFixture.StartAsync();
        (await GrainHostFixture.Soon(Plain(host).OnOwnScheduler())).ShouldBeTrue();
    }

    [Fact]
    public async Task ManyTasksOfOneActivation_Run_NeverSideBySide()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await GrainHostFixture.Soon(Task.WhenAll(Reentrant(host).SpawnTasks(300), Reentrant(host).SpawnTasks(300)));
        host.Probe.Marks.ShouldBeEmpty();
    }

    [Fact]
    public async Task OneWayCall_CalleeWaitsAndFails_CallerNeitherWaitsNorHears()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await GrainHostFixture.Soon(Plain(host).Tell("g"));
        await host.Probe.Gate("g").Arrived();
        host.Probe.Gate("g").Open();
        await GrainHostFixture.Soon(Plain(host).Mark("after"));
        host.Probe.Marks.ShouldBe(["g begins", "g ends", "after"]);
    }

    [Fact]
    public async Task CallChainComesBack_InsideAllowedSection_Interleaves()
    {
        await using var host = await GrainHostFixture.StartAsync();
        (await GrainHostFixture.Soon(Plain(host).CallBack("b", allowReentrancy: true))).ShouldBe(42);
    }

    [Fact]
    public async Task SectionIsOpen_CallOfAnotherChainArrives_Waits()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var other = host.Host.GetGrain<ITurnGrain>("b", typeof(TurnGrain).FullName);
        var busy = other.Wait("b");
        await host.Probe.Gate("b").Arrived();
        var chain = Plain(host).CallBack("b", allowReentrancy: true);
        var stranger = Plain(host).Mark("stranger");
        host.Probe.Gate("b").Open();
        await GrainHostFixture.Soon(Task.WhenAll(busy, chain, stranger));
        (await chain).ShouldBe(42);
    }
}
