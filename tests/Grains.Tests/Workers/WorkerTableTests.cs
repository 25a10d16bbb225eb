using System.Text;
using Cavra.Actors.Testing.Documents;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using static Cavra.Actors.Grains.Workers.WorkerGiven;

namespace Cavra.Actors.Grains.Workers;

public class WorkerTableTests
{
    private static readonly DateTimeOffset Now = T0.AddSeconds(46);

    private static IEnumerable<(string Name, WorkerCommand Command)> Commands =>
    [
        ("register", new WorkerCommand.Register(Registration(), Now)),
        ("register, other certificate", new WorkerCommand.Register(Registration("key-2"), Now)),
        ("heartbeat", new WorkerCommand.Heartbeat(Beat(), Now)),
        ("heartbeat, errored", new WorkerCommand.Heartbeat(Beat(WorkerState.Errored), Now)),
        ("time passes", new WorkerCommand.Tick(Now)),
        ("channel opens", new WorkerCommand.OpenChannel("c2", TransportChannel.Websocket, Now)),
        ("pong", new WorkerCommand.ChannelAlive("c1", 3, Now)),
        ("channel closes", new WorkerCommand.CloseChannel("c1", Now)),
        ("an old channel closes", new WorkerCommand.CloseChannel("c0", Now)),
        ("reserve", new WorkerCommand.Reserve(Place(Second, 2), Now)),
        ("reserve again", new WorkerCommand.Reserve(Place(First, 1), Now)),
        ("frame down", new WorkerCommand.Use(new(2), Second, Ends: false, Now)),
        ("last frame down", new WorkerCommand.Use(new(2), Second, Ends: true, Now)),
        ("release", new WorkerCommand.Release(First, OnlyUnused: false, Now)),
        ("give back", new WorkerCommand.Release(First, OnlyUnused: true, Now)),
        ("step runs", new WorkerCommand.MarkRunning(First, true, Now)),
        ("step ended", new WorkerCommand.MarkRunning(First, false, Now)),
        ("drain", new WorkerCommand.Drain("maintenance", Now)),
        ("undrain", new WorkerCommand.Undrain(Now)),
        ("unregister", new WorkerCommand.Unregister(Now)),
    ];

    [Fact]
    public void EverySituation_EveryCommand_IsWhatThePageSays() =>
        GeneratedDocument.Difference("docs/worker-states.md", Page()).ShouldBeNull();

    [Fact]
    public void EverySituation_EveryCommand_LeavesAWorkerThatHoldsItsInvariants()
    {
        foreach (var (situation, status) in Situations)
        {
            foreach (var (name, command) in Commands)
            {
                var next = WorkerMachine.Apply(status, WorkerMachine.Decide(status, command, Timing).Events);
                WorkerInvariants.Check(next, $"{name} in {situation}");
            }
        }
    }

    [Fact]
    public void EverySituation_SameCommandTwice_SecondTimeTheStateStays()
    {
        foreach (var (situation, status) in Situations)
        {
            foreach (var (name, command) in Commands)
            {
                var once = WorkerMachine.Apply(status, WorkerMachine.Decide(status, command, Timing).Events);
                var twice = WorkerMachine.Apply(once, WorkerMachine.Decide(once, command, Timing).Events);
                (twice.State, twice.Held.Count, twice.Channel?.ChannelId).ShouldBe((once.State, once.Held.Count, once.Channel?.ChannelId), $"{name} in {situation}");
            }
        }
    }

    private static string Page()
    {
        var page = new StringBuilder();
        page.Append("# AgentWorker: every situation and command\n\n");
        page.Append("Made by `WorkerTableTests` from `src/Grains/Workers/WorkerMachine`; do not edit (set `CAVRA_WRITE_DOCS=1` and run the test).\n");
        page.Append("All commands come 46 s after the worker registered, one second past the limit of silence. A cell names the events, then the state\n");
        page.Append("afterwards; `-` changes nothing; a code is a refusal.\n");
        foreach (var (situation, status) in Situations)
        {
            page.Append($"\n## {situation} (`{Wire(status.State)}`)\n\n| command | events | state after |\n|---|---|---|\n");
            foreach (var (name, command) in Commands)
            {
                var decision = WorkerMachine.Decide(status, command, Timing);
                var after = WorkerMachine.Apply(status, decision.Events);
                var events = string.Join(", ", decision.Events.Select(e => e.GetType().Name));
                var cell = decision.Refusal is { } refusal ? $"refused `{refusal.Code}`{(events.Length > 0 ? ", " + events : "")}" : events.Length > 0 ? events : "-";
                page.Append($"| {name} | {cell} | `{Wire(after.State)}` |\n");
            }
        }

        return page.ToString();
    }

    private static string Wire(WorkerState state) => state.ToString().ToLowerInvariant();
}
