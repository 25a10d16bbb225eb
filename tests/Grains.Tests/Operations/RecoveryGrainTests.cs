using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Operations;
using static Cavra.Actors.Grains.Approvals.ApprovalGiven;

namespace Cavra.Actors.Grains.Operations;

public class RecoveryGrainTests
{
    /// <summary>Found by the simulator: the host died between a session's end and the voiding of its task, and nobody looked at it again.</summary>
    [Fact]
    public async Task TaskStillOpenAfterItsSessionEnded_SweepTellsTheSession()
    {
        await using var host = await GrainsHost.StartAsync();
        await host.Approval("appr-7-1").Open(Request() with { RequestedAt = host.Time.GetUtcNow(), ExpiresAt = host.Time.GetUtcNow().AddMinutes(10) });
        await host.RestartAsync();
        host.Stores.Live.ShouldBeEmpty("the session is not live, so only its task leads to it");

        await host.Host.GetGrain<IRecovery>("all").Sweep();

        (await host.Sessions.Next()).ShouldBe("7 nudge");
    }
}
