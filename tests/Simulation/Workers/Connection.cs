using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Simulation;

/// <summary>A worker's channel: frames go down late, twice, in another order or not at all; they end with the channel or with the host.</summary>
internal sealed class Connection(RunContext run, SimulatedWorker worker, string id, int generation) : IAgentChannel
{
    private DateTimeOffset _lastArrival;

    public string Id { get; } = id;

    /// <summary>The host process that has the other end.</summary>
    public int Generation { get; } = generation;

    public bool IsOpen { get; private set; } = true;

    public Task Send(SessionFrame frame)
    {
        if (!IsOpen) return Task.CompletedTask;
        if (!run.Calm && run.Dice.Chance(run.Plan.Drop))
        {
            run.Note(worker.Name, $"lost on the way down: {frame.GetType().Name} {frame.AssignmentId}");
            return Task.CompletedTask;
        }

        run.Outside(() => _ = Carry(frame));
        if (!run.Calm && run.Dice.Chance(run.Plan.Duplicate)) run.Outside(() => _ = Carry(frame));
        return Task.CompletedTask;
    }

    public Task Close(string reason)
    {
        if (IsOpen) run.Note(worker.Name, $"channel {Id} closed: {reason}");
        IsOpen = false;
        return Task.CompletedTask;
    }

    private async Task Carry(SessionFrame frame)
    {
        var arrival = run.Time.GetUtcNow() + Latency.Draw(run);
        if (run.Calm || !run.Dice.Chance(run.Plan.Reorder)) arrival = _lastArrival = arrival > _lastArrival ? arrival : _lastArrival;
        await run.Pause(arrival - run.Time.GetUtcNow());
        if (IsOpen) worker.Receive(this, frame);
    }
}

/// <summary>How long a message takes.</summary>
internal static class Latency
{
    public static TimeSpan Draw(RunContext run) =>
        !run.Calm && run.Dice.Chance(run.Plan.Slow) ? run.Dice.Seconds(0.2, 12) : TimeSpan.FromMilliseconds(run.Dice.Between(1, 20));
}
