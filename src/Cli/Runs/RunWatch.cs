using System.CommandLine;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Runs.Watching;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run watch</c></summary>
internal static class RunWatch
{
    internal static Command Create(CliContext context)
    {
        var id = RunCommands.Id();
        var exitStatus = ExitStatus();
        var since = new Option<long>("--since") { Description = "Only events after this one.", HelpName = "EVENT" };
        var command = new Command("watch", "Follow a run live until it ends; Ctrl-C stops the watching, not the run. With -o json one event per line. " + ExitCodes.Help) { id, exitStatus, since };
        return command.Acting(context, "viewer", call => FollowAsync(call, call.Value(id), call.Value(exitStatus), call.Value(since)));
    }

    internal static Option<bool> ExitStatus() => new("--exit-status") { Description = "Exit with the run's outcome. A watch then also ends when the run pauses." };

    internal static async Task<int> FollowAsync(ApiCall call, long id, bool exitStatus, long since = 0)
    {
        var first = await call.Api.GetAsync(RunCommands.Path(id), call.Stop);
        var watched = new WatchedRun(first, since);
        await using var view = WatchView.For(call, watched);
        var watcher = new RunWatcher(call, watched, view, leaveWhenPaused: exitStatus);
        try
        {
            await watcher.FollowAsync();
        }
        catch (OperationCanceledException) when (call.Stop.IsCancellationRequested)
        {
            await view.CloseAsync();
            call.Printer.Remark($"stopped watching; run {id} goes on. Again: cavra run watch {id}   End it: cavra run cancel {id} --reason ...");
            return exitStatus ? ExitCodes.GoesOn : ExitCodes.Ok;
        }
        await view.CloseAsync();
        if (!call.Printer.Json) call.Printer.Line(watched.Verdict());
        return exitStatus ? ExitCodes.Mirror(watched.State) : ExitCodes.Ok;
    }
}
