using System.CommandLine;
using Cavra.Actors.Bench.Report;
using Cavra.Actors.Bench.Scenarios;

IScenario[] all = [new ThreeStepRuns()];

var only = new Option<string[]>("--only") { Description = "scenarios to run: " + string.Join(", ", all.Select(s => s.Name)), AllowMultipleArgumentsPerToken = true };
var json = new Option<string?>("--json") { Description = "also write the numbers to this file" };
var seconds = new Option<double>("--seconds") { Description = "length of one measured run", DefaultValueFactory = _ => 5 };
var root = new RootCommand("Measures this build on this machine, as ratios against a peer or a limit in the same run.") { only, json, seconds };
root.SetAction(async (arguments, cancellation) =>
{
    var context = new BenchContext { Duration = TimeSpan.FromSeconds(arguments.GetValue(seconds)) };
    var wanted = arguments.GetValue(only) is { Length: > 0 } names ? all.Where(s => names.Contains(s.Name)).ToArray() : all;
    if (wanted.Length == 0)
    {
        await Console.Error.WriteLineAsync("bench: no such scenario; --help lists them");
        return 2;
    }

    foreach (var scenario in wanted)
    {
        await Console.Error.WriteLineAsync($"bench: {scenario.Name} ...");
        await scenario.Run(context, cancellation);
    }

    ReportWriter.Table(context.Results);
    if (arguments.GetValue(json) is { } path) ReportWriter.File(path, context.Results);
    return 0;
});
return await root.Parse(args).InvokeAsync();
