namespace Cavra.Actors.Bench.Report;

/// <summary>One number that was measured.</summary>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Aim">The aim in words, if there is one (issue 2, Bench).</param>
/// <param name="Met">Whether the aim is met.</param>
public sealed record Measurement(string Scenario, string Name, double Value, string Unit, string? Aim = null, bool? Met = null);
