namespace Cavra.Actors.Embedded.Tests.Scheduling;

internal interface IRingGrain : IGrainWithStringKey
{
    Task<string> Next(string path);

    Task<string> Self();

    Task StartAndLeave(string gate);
}

internal sealed class RingGrain(Probe probe) : Grain, IRingGrain
{
    public Task<string> Next(string path) =>
        path.Length == 0 ? Task.FromResult("end") : GrainFactory.GetGrain<IRingGrain>(path[..1]).Next(path[1..]);

    public Task<string> Self() => this.AsReference<IRingGrain>().Next("");

    public async Task StartAndLeave(string gate)
    {
        await Task.Yield();
        _ = Later();

        async Task Later()
        {
            await probe.Gate(gate).Pass();
            probe.Mark(await GrainFactory.GetGrain<IRingGrain>("z").Next(this.GetPrimaryKeyString()));
            await probe.Gate("done").Pass();
        }
    }
}

/// <summary>Orleans lets a call cycle run into its timeout; this host fails it at once, as a kind of timeout, and names the chain.</summary>
public sealed class DeadlockTests
{
    [Fact]
    public async Task ChainComesBackToItsStart_Called_FailsAtOnceNamingTheChain()
    {
        await using var host = await GrainHostFixture.StartAsync();
        var error = await GrainHostFixture.Soon(Should.ThrowAsync<TimeoutException>(() => host.Grain<IRingGrain>("a").Next("bca")));
        error.ShouldBeOfType<GrainCallDeadlockException>();
        error.Message.ShouldContain("IRingGrain.Next(a) -> IRingGrain.Next(b) -> IRingGrain.Next(c) -> IRingGrain.Next(a)");
        error.Message.ShouldContain("ring/a");
    }

    [Fact]
    public async Task GrainCallsItself_Called_FailsAtOnce()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await GrainHostFixture.Soon(Should.ThrowAsync<GrainCallDeadlockException>(() => host.Grain<IRingGrain>("a").Self()));
        (await GrainHostFixture.Soon(host.Grain<IRingGrain>("a").Next("bc"))).ShouldBe("end");
    }

    [Fact]
    public async Task ChainWhoseStartHasEnded_ComesBack_IsNoDeadlock()
    {
        await using var host = await GrainHostFixture.StartAsync();
        await GrainHostFixture.Soon(host.Grain<IRingGrain>("a").StartAndLeave("g"));
        await host.Probe.Gate("g").Arrived();
        host.Probe.Gate("g").Open();
        await host.Probe.Gate("done").Arrived();
        host.Probe.Marks.ShouldBe(["end"]);
    }

    [Fact]
    public async Task TwoGrainsCallEachOtherAtDifferentTimes_NoCycle_BothAnswer()
    {
        await using var host = await GrainHostFixture.StartAsync();
        (await GrainHostFixture.Soon(host.Grain<IRingGrain>("a").Next("b"))).ShouldBe("end");
        (await GrainHostFixture.Soon(host.Grain<IRingGrain>("b").Next("a"))).ShouldBe("end");
    }
}
