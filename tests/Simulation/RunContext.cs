using Cavra.Actors.Testing;

namespace Cavra.Actors.Simulation;

/// <summary>What all parts of one run share: its clock, its dice, its record of what happened and of what should not have.</summary>
internal sealed class RunContext : IDisposable
{
    private const int MostViolations = 20;
    private readonly List<string> _violations = [];

    public RunContext(int seed, Faults allowed)
    {
        Time = new ManualTimeProvider();
        Executor = new SeededTurnExecutor(seed, Time);
        Dice = new Dice(seed);
        Plan = FaultPlan.Draw(Dice, allowed);
        Timeline = new Timeline(Time, Time.Start);
    }

    public ManualTimeProvider Time { get; }

    public SeededTurnExecutor Executor { get; }

    public Dice Dice { get; }

    public FaultPlan Plan { get; }

    public Timeline Timeline { get; }

    public SituationCounts Situations { get; } = new();

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Once set nothing goes wrong any more, and everything has to come to its end.</summary>
    public bool Calm { get; set; }

    /// <summary>Set when the run is over: loops end.</summary>
    public bool Over { get; set; }

    public Task Pause(TimeSpan span) => Task.Delay(span, Time);

    /// <summary>Begins something that is no part of the grain's turn that asks for it, and lives on when the host dies.</summary>
    public void Outside(Action begin) => Executor.Post(static state => ((Action)state!)(), begin);

    public void Note(string who, string what) => Timeline.Add(who, what);

    public void Reach(string situation) => Situations.Reach(situation);

    /// <summary>A rule that does not hold. The run goes on, its first violation is what counts.</summary>
    public void Violated(string rule, string what)
    {
        Timeline.Add("VIOLATION", $"{rule}: {what}");
        if (_violations.Count < MostViolations) _violations.Add($"{rule}: {what}");
    }

    public void Dispose() => Timeline.Dispose();
}
