using System.CommandLine;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary><c>cavra down</c></summary>
internal static class DownCommand
{
    // Longer than an orderly stop takes at most (workers 10 s, API 30 s, PostgreSQL 20 s).
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(75);

    internal static Command Create(CliContext context)
    {
        var command = new Command("down", "Stop the installation that `up` started from another terminal.");
        command.SetAction(async _ =>
        {
            var data = ApiTarget.FindData(context);
            if (PidsFile.Read(data.PidsFile) is { } pids && Signals.Runs(pids.Up, "Cavra.Actors.Cli"))
            {
                Signals.Send(pids.Up, Signals.Terminate);
                if (!await Signals.EndedAsync(pids.Up, "Cavra.Actors.Cli", Patience, context))
                    throw new CliFailureException($"`up` (process {pids.Up}) has not ended after {Patience.TotalSeconds:0} s. Kill it, then run ./cavra down again.");
                await context.Out.WriteLineAsync($"cavra: stopped ({data.Root})");
                return ExitCodes.Ok;
            }
            using var held = Directory.Exists(data.Root) ? UpLock.TryTake(data) : null;
            var stopped = held is null ? 0 : await Leftovers.StopAsync(context, data);
            await context.Out.WriteLineAsync(stopped > 0 ? $"cavra: stopped {stopped} process(es) ({data.Root})" : $"cavra: nothing is running ({data.Root})");
            return ExitCodes.Ok;
        });
        return command;
    }
}
