using Cavra.Actors.Bench.Report;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>Something to measure.</summary>
internal interface IScenario
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>Measures and adds to the results.</summary>
    Task Run(BenchContext context, CancellationToken cancellation);
}

/// <summary>What a scenario gets.</summary>
internal sealed class BenchContext
{
    private readonly List<Measurement> _results = [];

    /// <summary>How long one measured run takes.</summary>
    internal required TimeSpan Duration { get; init; }

    /// <summary>Results so far, of this scenario and those before.</summary>
    internal IReadOnlyList<Measurement> Results => _results;

    internal void Add(string scenario, string name, double value, string unit, string? aim = null, bool? met = null)
    {
        _results.Add(new Measurement(scenario, name, value, unit, aim, met));
        Console.Error.WriteLine($"bench: {scenario}: {name} = {value:#,0.##} {unit}");
    }

    /// <summary>A value measured before in this run, for ratios; null when that scenario did not run.</summary>
    internal double? Value(string scenario, string name) => _results.FirstOrDefault(m => m.Scenario == scenario && m.Name == name)?.Value;
}
