using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Identity;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Dispatch.DispatchGiven;

namespace Cavra.Actors.Grains.Dispatch;

public class DispatchLoadTests
{
    private const int Callers = 64;
    private const int Sessions = 3_000;
    private const int FramesEach = 4;

    [Fact]
    public async Task MoreCallersThanPlaces_ProcessorsBusyThroughout_EverySessionIsServedAndNoFrameIsLost()
    {
        await using var host = await GrainsHost.StartAsync();
        var channel = await host.Connect("w1", 4);
        var next = 0;

        // Nothing moves the clock: a place that was forgotten would stay so.
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var session = Interlocked.Increment(ref next); session <= Sessions; session = Interlocked.Increment(ref next)) await Live(host, session);
        }))).WaitAsync(TimeSpan.FromMinutes(2));

        for (var frame = 0; frame < Sessions * FramesEach; frame++)
            (await channel.Arrived.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue($"frame {frame} arrives");
        (await host.Worker("w1").View())!.CurrentLoad.ShouldBe(0);
        GC.KeepAlive(channel);
    }

    private static async Task Live(GrainsHost host, int session)
    {
        while ((await host.Dispatch().Request(Request(session))).Worker is null) await host.Sessions.Nudges(session).WaitAsync();
        var assignment = AssignmentId.For(new(session), 1);
        var worker = host.Worker("w1");
        for (var frame = 1; frame <= FramesEach; frame++)
        {
            await worker.MarkRunning(assignment, frame % 2 == 0);
            (await worker.Deliver(new StepStartedFrame { SessionId = new(session), AssignmentId = assignment, StepNumber = frame })).ShouldBeTrue();
        }

        await worker.Release(assignment);
    }
}
