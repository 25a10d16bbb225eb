using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Simulation;

/// <summary>How reads and writes of the store go wrong, while the run is not yet calm.</summary>
internal sealed class StoreWeather(RunContext run)
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(1);
    private DateTimeOffset _outageUntil;

    /// <summary>Kills the host; set by the cluster.</summary>
    public Action CrashHost { get; set; } = static () => { };

    public bool IsDown => !run.Calm && run.Time.GetUtcNow() < _outageUntil;

    public void Outage(TimeSpan length)
    {
        run.Note("store", $"outage for {length.TotalSeconds:0.0} s");
        _outageUntil = run.Time.GetUtcNow() + length;
    }

    public async ValueTask Read()
    {
        await Delay();
        if (IsDown) throw new StoreUnavailableException();
    }

    public async ValueTask<AppendOutcome> Write(string what, Func<AppendOutcome> write)
    {
        await Delay();
        if (IsDown) return AppendOutcome.Unavailable;
        var fault = Draw();
        if (fault is { } instead && instead != Fault.After && instead != Fault.Crash)
        {
            run.Note("store", $"{what}: {instead}");
            run.Reach(instead switch { Fault.Before => Situation.CommitNotDone, Fault.Conflict => Situation.Conflict, _ => Situation.StoreOverloaded });
            return instead switch { Fault.Before => AppendOutcome.Unavailable, Fault.Conflict => AppendOutcome.Conflict, _ => AppendOutcome.Overloaded };
        }

        var outcome = write();
        run.Note("store", $"{what}: {outcome}{(fault is { } then ? $", {then}" : "")}");
        if (outcome == AppendOutcome.Conflict) run.Reach(Situation.Conflict);
        if (outcome != AppendOutcome.Committed || fault is null) return outcome;
        run.Reach(fault == Fault.Crash ? Situation.CrashAtCommit : Situation.CommitUnknown);
        if (fault != Fault.Crash) return AppendOutcome.Unavailable;
        run.Outside(CrashHost);
        await new TaskCompletionSource().Task;
        return AppendOutcome.Unavailable;
    }

    private Task Delay()
    {
        var wait = !run.Calm && run.Dice.Chance(run.Plan.StoreSlow) ? run.Dice.Seconds(0.05, 8) : Usual;
        return run.Pause(wait);
    }

    private Fault? Draw()
    {
        if (run.Calm) return null;
        if (run.Dice.Chance(run.Plan.StoreBefore)) return Fault.Before;
        if (run.Dice.Chance(run.Plan.StoreConflict)) return Fault.Conflict;
        if (run.Dice.Chance(run.Plan.StoreOverloaded)) return Fault.Overloaded;
        if (run.Dice.Chance(run.Plan.CrashAtCommit)) return Fault.Crash;
        return run.Dice.Chance(run.Plan.StoreAfter) ? Fault.After : null;
    }

    private enum Fault
    {
        Before,
        After,
        Conflict,
        Overloaded,
        Crash,
    }
}
