using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using static Cavra.Actors.Grains.Workers.WorkerGiven;

namespace Cavra.Actors.Grains.Workers;

public class WorkerPropertyTests
{
    [Fact]
    public void AnyCommands_InAnyOrder_KeepInvariantsAndNeverSpin()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var status = WorkerStatus.None;
            var now = T0;
            for (var i = 0; i < 60; i++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(0, 12_000));
                var command = Any(random, now);
                var decision = WorkerMachine.Decide(status, command, Timing);
                var before = status;
                status = WorkerMachine.Apply(status, decision.Events);
                var context = $"seed {seed}, command {i} {command.GetType().Name}";
                WorkerInvariants.Check(status, context);
                if (command is WorkerCommand.Tick) WorkerInvariants.CheckTick(status, now, context);
                if (command is WorkerCommand.Reserve && decision.Accepted && decision.Events.Length > 0)
                    (before.State is WorkerState.Idle or WorkerState.Assigned or WorkerState.Executing && before.Channel is not null).ShouldBeTrue(context);
            }
        }
    }

    private static WorkerCommand Any(Random random, DateTimeOffset now)
    {
        var session = random.Next(1, 5);
        var assignment = AssignmentId.For(new(session), random.Next(1, 3));
        var channel = "c" + random.Next(0, 3);
        return random.Next(0, 14) switch
        {
            0 => new WorkerCommand.Register(Registration(random.Next(0, 4) == 0 ? "key-2" : "key-1"), now),
            1 or 2 => new WorkerCommand.Heartbeat(Beat(random.Next(0, 4) == 0 ? WorkerState.Errored : null), now),
            3 => new WorkerCommand.OpenChannel(channel, random.Next(0, 3) == 0 ? TransportChannel.InProcess : TransportChannel.Websocket, now),
            4 => new WorkerCommand.ChannelAlive(channel, 1, now),
            5 => new WorkerCommand.CloseChannel(channel, now),
            6 or 7 => new WorkerCommand.Reserve(Place(assignment, session), now),
            8 => new WorkerCommand.Use(new(session), assignment, random.Next(0, 3) == 0, now),
            9 => new WorkerCommand.Release(assignment, random.Next(0, 2) == 0, now),
            10 => new WorkerCommand.MarkRunning(assignment, random.Next(0, 2) == 0, now),
            11 => random.Next(0, 2) == 0 ? new WorkerCommand.Drain("x", now) : new WorkerCommand.Undrain(now),
            12 => new WorkerCommand.Unregister(now),
            _ => new WorkerCommand.Tick(now),
        };
    }
}
