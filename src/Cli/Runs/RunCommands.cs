using System.CommandLine;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run ...</c></summary>
internal static class RunCommands
{
    internal static Command Create(CliContext context) => new("run", "Start, watch and steer runs of runbooks. " + ExitCodes.Help)
    {
        RunStart.Create(context),
        RunPreview.Create(context),
        RunList.Create(context),
        RunShow.Create(context),
        RunWatch.Create(context),
        RunOutput.Create(context),
        RunWhy.Create(context),
        RunControl.Pause(context),
        RunControl.Cancel(context),
        RunControl.Directive(context),
        RunControl.Rollback(context),
    };

    internal static Argument<long> Id() => new("ID") { Description = "The run's number." };

    internal static string Path(long id, string rest = "") => $"/api/v1/executions/{id}{rest}";
}
