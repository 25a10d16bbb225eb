namespace Cavra.Actors.Simulation;

/// <summary>What may go wrong.</summary>
[Flags]
public enum Faults
{
    None = 0,

    /// <summary>Appends that fail before or after their commit, conflict, are slow; outages.</summary>
    Store = 1,

    /// <summary>Messages lost, late, twice, out of order; partitions; channels cut.</summary>
    Network = 2,

    /// <summary>The host is killed, between turns or between a commit and its answer.</summary>
    Host = 4,

    /// <summary>Workers are killed and come back with their journals.</summary>
    Workers = 8,

    /// <summary>Workers freeze and wake late.</summary>
    Zombies = 16,

    /// <summary>People click twice, race each other, cancel at the worst moment, stay away.</summary>
    People = 32,

    All = 63,
}

/// <summary>How often what goes wrong in one run; drawn from its seed, so that some runs are calm in one way and wild in another.</summary>
internal sealed record FaultPlan
{
    public static FaultPlan Quiet { get; } = new();

    public double StoreBefore { get; init; }
    public double StoreAfter { get; init; }
    public double StoreConflict { get; init; }
    public double StoreOverloaded { get; init; }
    public double StoreSlow { get; init; }
    public double CrashAtCommit { get; init; }
    public double Drop { get; init; }
    public double Duplicate { get; init; }
    public double Reorder { get; init; }
    public double Slow { get; init; }
    public double WorkerRefuses { get; init; }
    public double People { get; init; }

    /// <summary>Relative weights of the events that strike now and then; zero never.</summary>
    public double Outage { get; init; }
    public double HostCrash { get; init; }
    public double WorkerCrash { get; init; }
    public double Freeze { get; init; }
    public double Partition { get; init; }
    public double Cut { get; init; }
    public double Drain { get; init; }

    public static FaultPlan Draw(Dice dice, Faults allowed)
    {
        var plan = new FaultPlan { WorkerRefuses = dice.Rate(0.1) };
        if (allowed.HasFlag(Faults.Store))
            plan = plan with
            {
                StoreBefore = dice.Rate(0.1),
                StoreAfter = dice.Rate(0.1),
                StoreConflict = dice.Rate(0.05),
                StoreOverloaded = dice.Rate(0.05),
                StoreSlow = dice.Rate(0.2),
                Outage = dice.Rate(1),
            };
        if (allowed.HasFlag(Faults.Network))
            plan = plan with
            {
                Drop = dice.Rate(0.1),
                Duplicate = dice.Rate(0.3),
                Reorder = dice.Rate(0.2),
                Slow = dice.Rate(0.2),
                Partition = dice.Rate(1),
                Cut = dice.Rate(1),
            };
        if (allowed.HasFlag(Faults.Host)) plan = plan with { HostCrash = dice.Rate(1), CrashAtCommit = dice.Rate(0.02) };
        if (allowed.HasFlag(Faults.Workers)) plan = plan with { WorkerCrash = dice.Rate(1), Drain = dice.Rate(0.5) };
        if (allowed.HasFlag(Faults.Zombies)) plan = plan with { Freeze = dice.Rate(1) };
        if (allowed.HasFlag(Faults.People)) plan = plan with { People = dice.Rate(0.6) };
        return plan;
    }
}
