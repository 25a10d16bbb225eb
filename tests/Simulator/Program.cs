using System.CommandLine;
using Cavra.Actors.Simulation;

var seed = new Option<int?>("--seed") { Description = "run this seed alone and print all that happens; same seed, same trace" };
var from = new Option<int>("--from") { Description = "first seed of a sweep", DefaultValueFactory = _ => 1 };
var seeds = new Option<int?>("--seeds") { Description = "how many seeds; 1000 unless --minutes is given" };
var minutes = new Option<double?>("--minutes") { Description = "stop after so long" };
var faults = new Option<string>("--faults")
{
    Description = "what may go wrong, with commas: store, network, host, workers, zombies, people, all, none",
    DefaultValueFactory = _ => "all",
};
faults.Validators.Add(result =>
{
    if (!Enum.TryParse<Faults>(result.GetValueOrDefault<string>(), ignoreCase: true, out _)) result.AddError($"--faults: '{result.GetValueOrDefault<string>()}' names a fault that does not exist");
});
seeds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() is <= 0) result.AddError("--seeds: at least 1");
});
minutes.Validators.Add(result =>
{
    if (result.GetValueOrDefault<double?>() is <= 0) result.AddError("--minutes: more than zero");
});
var root = new RootCommand("Runs clusters in virtual time, each from a seed: the real grains, and workers, people, network, database and processes that fail.") { seed, from, seeds, minutes, faults };
root.SetAction(parsed =>
{
    var allowed = Enum.Parse<Faults>(parsed.GetValue(faults)!, ignoreCase: true);
    if (parsed.GetValue(seed) is { } one)
    {
        var result = SimulatedCluster.Run(one, allowed);
        SweepReport.Whole(Console.Out, result);
        return result.Violations.Count == 0 ? 0 : 1;
    }

    var limit = parsed.GetValue(minutes) is { } length ? TimeSpan.FromMinutes(length) : (TimeSpan?)null;
    var sweep = new SeedSweep(allowed, Environment.ProcessorCount);
    sweep.Run(parsed.GetValue(from), parsed.GetValue(seeds) ?? (limit is null ? 1000 : int.MaxValue / 2), limit);
    SweepReport.Summary(Console.Out, sweep);
    foreach (var failed in sweep.Failures) SweepReport.Failure(Console.Out, failed);
    return sweep.Failed == 0 ? 0 : 1;
});
return root.Parse(args).Invoke();
