using System.CommandLine;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run list</c></summary>
internal static class RunList
{
    internal static Command Create(CliContext context)
    {
        var filters = new (Option<string?> Option, string Field)[]
        {
            (new("--state") { Description = "Only runs in this state.", HelpName = "STATE" }, "state"),
            (new("--ticket", "-t") { Description = "Only runs for this ticket.", HelpName = "ID" }, "ticket_id"),
            (new("--environment") { Description = "Only runs in dev, staging or prod.", HelpName = "ENV" }, "environment"),
            (new("--worker") { Description = "Only runs on this worker.", HelpName = "ID" }, "worker_id"),
            (new("--requested-by") { Description = "Only runs that this subject started.", HelpName = "SUBJECT" }, "requested_by"),
            (new("--since") { Description = "Only runs made after this time (RFC 3339).", HelpName = "TIME" }, "since"),
            (new("--cursor") { Description = "Go on where the last page ended.", HelpName = "CURSOR" }, "cursor"),
        };
        var limit = new Option<int>("--limit", "-n") { Description = "How many, 1 to 200.", DefaultValueFactory = _ => 50, HelpName = "N" };
        var command = new Command("list", "List runs, newest first.") { limit };
        foreach (var (option, _) in filters) command.Add(option);
        return command.Acting(context, "viewer", async call =>
        {
            var query = string.Concat(filters
                .Where(f => call.Value(f.Option) is not null)
                .Select(f => $"&{f.Field}={Uri.EscapeDataString(call.Value(f.Option)!)}"));
            var page = await call.Api.GetAsync($"/api/v1/executions?limit={call.Value(limit)}{query}", call.Stop);
            if (call.Printer.Json)
            {
                call.Printer.Document(page);
                return ExitCodes.Ok;
            }
            call.Printer.Table(
                page.Items("items"),
                "no runs",
                new Column("ID", "session_id"),
                new Column("TICKET", "ticket_id"),
                new Column("RUNBOOK", "runbook_id"),
                new Column("PROFILE", "environment_profile"),
                new Column("STATE", "state"),
                new Column("REASON", "reason"),
                new Column("STEP", "current_step"),
                new Column("WORKER", "worker_id"),
                new Column("BY", "requested_by"),
                new Column("CREATED", run => run.Time("created_at")));
            if (page.Text("next_cursor") is { Length: > 0 } next) call.Printer.Remark($"more: --cursor {next}");
            return ExitCodes.Ok;
        });
    }
}
