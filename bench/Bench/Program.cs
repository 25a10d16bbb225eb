using System.CommandLine;
using Cavra.Actors.Bench.Report;
using Cavra.Actors.Bench.Scenarios;

IScenario[] all = [new ThreeStepRuns(), new SandboxedSteps(), new LiveEvents(), new Memory()];
IScenario[] peers = [new Peers()];

var only = new Option<string[]>("--only") { Description = "scenarios to run: " + string.Join(", ", all.Concat(peers).Select(s => s.Name)), AllowMultipleArgumentsPerToken = true };
var json = new Option<string?>("--json") { Description = "also write the numbers to this file" };
var seconds = new Option<double>("--seconds") { Description = "length of one measured run", DefaultValueFactory = _ => 5 };
var withPeers = new Option<bool>("--peers") { Description = "also install Restate and DBOS from npm and run the same unit on them" };
var root = new RootCommand("Measures this build on this machine, as ratios against a peer or a limit in the same run.") { only, json, seconds, withPeers };
root.SetAction(async (arguments, cancellation) =>
{
    var context = new BenchContext { Duration = TimeSpan.FromSeconds(arguments.GetValue(seconds)) };
    IScenario[] offered = arguments.GetValue(withPeers) || arguments.GetValue(only) is { Length: > 0 } ? [.. all, .. peers] : all;
    var wanted = arguments.GetValue(only) is { Length: > 0 } names ? offered.Where(s => names.Contains(s.Name)).ToArray() : offered;
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
