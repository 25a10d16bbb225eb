using System.CommandLine;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run start</c></summary>
internal static class RunStart
{
    internal static Command Create(CliContext context)
    {
        var request = new RunRequest();
        var key = new Option<string?>("--idempotency-key") { Description = "Starting again with the same key answers with the same run.", HelpName = "KEY" };
        var watch = new Option<bool>("--watch", "-w") { Description = "Follow the run until it ends; Ctrl-C stops the watching, not the run." };
        var exitStatus = RunWatch.ExitStatus();
        var command = new Command("start", "Start a run of a runbook against a ticket. " + ExitCodes.Help);
        request.AddTo(command);
        command.Add(key);
        command.Add(watch);
        command.Add(exitStatus);
        return command.Acting(context, "operator", async call =>
        {
            var session = await call.Api.PostAsync("/api/v1/executions", request.Body(call), call.Value(key) ?? NewKey(), call.Stop);
            var id = session.Number("session_id") ?? throw new CliFailureException("the API's answer has no session_id.");
            // Watched, the JSON form is one event per line and nothing else.
            if (call.Value(watch) || call.Value(exitStatus))
            {
                if (!call.Printer.Json) call.Printer.Line($"run {id}: {session.Text("runbook_id")} for {session.Text("ticket_id")} ({session.Text("environment_profile")}, {session.Text("validation_mode")})");
                return await RunWatch.FollowAsync(call, id, call.Value(exitStatus));
            }
            if (call.Printer.Json)
            {
                call.Printer.Document(session);
                return ExitCodes.Ok;
            }
            RunShow.Print(call.Printer, session);
            call.Printer.Remark($"follow it with: cavra run watch {id}");
            return ExitCodes.Ok;
        });
    }

    /// <summary>A key of its own for a command that is given none: whatever resends the request on the way changes nothing twice.</summary>
    internal static string NewKey() => "cli-" + Guid.NewGuid().ToString("N");
}
