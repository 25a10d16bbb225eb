using System.CommandLine;
using Cavra.Actors.Cli.Approvals;
using Cavra.Actors.Cli.Runbooks;
using Cavra.Actors.Cli.Runs;
using Cavra.Actors.Cli.Terminal;
using Cavra.Actors.Cli.Tokens;
using Cavra.Actors.Cli.Up;
using Cavra.Actors.Cli.Workers;

namespace Cavra.Actors.Cli;

/// <summary>The verbs of <c>cavra</c>.</summary>
internal static class CommandLine
{
    internal static async Task<int> RunAsync(string[] args, CliContext context)
    {
        var result = Root(context).Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (var error in result.Errors) await context.Error.WriteLineAsync("cavra: " + SafeText.Line(error.Message));
            await context.Error.WriteLineAsync($"cavra: see {Path(result.CommandResult)} --help");
            return ExitCodes.Usage;
        }
        try
        {
            var streams = new InvocationConfiguration
            {
                Output = context.Out,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                // Ctrl-C is the commands' own business: `watch` says that the run goes on, `up` stops in order.
                ProcessTerminationTimeout = null,
            };
            return await result.InvokeAsync(streams, context.Stop);
        }
        catch (CliFailureException failure)
        {
            await context.Error.WriteLineAsync("cavra: error: " + SafeText.Block(failure.Message));
            return failure.ExitCode;
        }
        catch (OperationCanceledException) when (context.Stop.IsCancellationRequested)
        {
            return ExitCodes.GoesOn;
        }
    }

    internal static RootCommand Root(CliContext context)
    {
        var root = new RootCommand("Cavra Actors: runs an operator's runbook against a ticket and stops for a human where policy says so.")
        {
            RunCommands.Create(context),
            ApprovalCommands.Approve(context),
            ApprovalCommands.Reject(context),
            ApprovalCommands.List(context),
            WorkerCommands.Create(context),
            RunbookCommands.Create(context),
            DevCommands.Create(context),
            UpCommand.Create(context),
            DownCommand.Create(context),
            ResetCommand.Create(context),
        };
        return root;
    }

    private static string Path(System.CommandLine.Parsing.CommandResult command)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = command; at is not null; at = at.Parent)
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } named) names.Push(named.Command.Name);
        }
        return string.Join(' ', names.Prepend("cavra"));
    }
}
