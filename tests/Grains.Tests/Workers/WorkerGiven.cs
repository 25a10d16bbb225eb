using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Grains.Workers;

/// <summary>Workers in given situations, made by the commands that lead there.</summary>
internal static class WorkerGiven
{
    public static readonly DateTimeOffset T0 = new(2025, 11, 8, 13, 0, 0, TimeSpan.Zero);
    public static readonly WorkerTiming Timing = new();
    public static readonly WorkerId Id = new("worker-a");
    public static readonly AssignmentId First = AssignmentId.For(new(1), 1);
    public static readonly AssignmentId Second = AssignmentId.For(new(2), 1);

    public static AgentRegistration Registration(string key = "key-1", int maxConcurrency = 2) => new()
    {
        Capabilities = ["shell"],
        NetworkSegment = "vpc-a",
        Environments = [TargetEnvironment.Dev, TargetEnvironment.Prod],
        MaxConcurrency = maxConcurrency,
        Version = "1.0",
        Sandbox = ["dev-flex"],
        CertificateKey = key,
    };

    public static AgentHeartbeat Beat(WorkerState? state = null) => new() { CurrentLoad = 0, State = state };

    public static Reservation Place(AssignmentId assignment, long session) => new(new(session), new("demo"), assignment, "demo/dev");

    public static WorkerStatus After(this WorkerStatus status, params WorkerCommand[] commands)
    {
        foreach (var command in commands)
        {
            var decision = WorkerMachine.Decide(status, command, Timing);
            decision.Refusal.ShouldBeNull($"{command.GetType().Name} prepares the test");
            status = WorkerMachine.Apply(status, decision.Events);
        }

        return status;
    }

    public static WorkerDecision Decide(this WorkerStatus status, WorkerCommand command) => WorkerMachine.Decide(status, command, Timing);

    public static WorkerStatus Connected(int maxConcurrency = 2) => WorkerStatus.None.After(
        new WorkerCommand.Register(Registration(maxConcurrency: maxConcurrency), T0),
        new WorkerCommand.OpenChannel("c1", TransportChannel.Websocket, T0));

    public static WorkerStatus Holding(int maxConcurrency = 2) => Connected(maxConcurrency).After(
        new WorkerCommand.Reserve(Place(First, 1), T0),
        new WorkerCommand.Use(new(1), First, Ends: false, T0));

    public static ImmutableArray<(string Name, WorkerStatus Status)> Situations { get; } =
    [
        ("never registered", WorkerStatus.None),
        ("unregistered", Connected().After(new WorkerCommand.Unregister(T0))),
        ("idle", Connected()),
        ("assigned", Holding()),
        ("assigned, full", Holding(maxConcurrency: 1)),
        ("executing", Holding().After(new WorkerCommand.MarkRunning(First, true, T0))),
        ("errored", Holding().After(new WorkerCommand.Heartbeat(Beat(WorkerState.Errored), T0))),
        ("channel lost, in grace", Holding().After(new WorkerCommand.CloseChannel("c1", T0))),
        ("channel lost, failed over", Holding().After(new WorkerCommand.CloseChannel("c1", T0), new WorkerCommand.Tick(T0 + Timing.FailoverGrace))),
        ("offline", Holding().After(new WorkerCommand.ChannelAlive("c1", 3, T0.AddSeconds(44)), new WorkerCommand.Tick(T0 + Timing.OfflineAfter))),
        ("draining, empty", Connected().After(new WorkerCommand.Drain("maintenance", T0))),
        ("draining", Holding().After(new WorkerCommand.Drain("maintenance", T0))),
    ];
}
