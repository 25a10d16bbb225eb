using System.CommandLine;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run why</c>: why a run is not running.</summary>
internal static class RunWhy
{
    internal static Command Create(CliContext context)
    {
        var id = RunCommands.Id();
        var command = new Command("why", "Say why a run does not move: its place in the queue, what each worker lacks, locks and open approvals.") { id };
        return command.Acting(context, "viewer", async call =>
        {
            var why = await call.Api.GetAsync(RunCommands.Path(call.Value(id), "/why"), call.Stop);
            if (call.Printer.Json) call.Printer.Document(why);
            else Print(call.Printer, why);
            return ExitCodes.Ok;
        });
    }

    private static void Print(Printer printer, JsonElement why)
    {
        printer.Facts(
            ("state", why.Text("state")),
            ("waiting for", why.Text("waiting_for")),
            ("queue position", why.Text("queue_position")),
            ("next try", why.Time("next_try_at")),
            ("approvals", why.Text("approvals")));
        foreach (var held in why.Items("locks")) printer.Line($"{held.Text("target")} is held by run {held.Text("held_by_session")}");
        if (!why.Items("workers").Any()) return;
        printer.Table(
            why.Items("workers"),
            "",
            new Column("WORKER", "worker_id"),
            new Column("STATE", "state"),
            new Column("FITS", "fits"),
            new Column("RULE", "rule"),
            new Column("DETAIL", "detail"));
    }
}
