using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Runs;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Approvals;

/// <summary><c>cavra approve</c>, <c>reject</c> and <c>approvals</c>.</summary>
internal static class ApprovalCommands
{
    internal static Command Approve(CliContext context) => Decide(context, "approve", "Approve a step that waits.", approved: true);

    internal static Command Reject(CliContext context) => Decide(context, "reject", "Reject a step that waits; the run pauses for a directive.", approved: false);

    internal static Command List(CliContext context)
    {
        var state = new Option<string>("--state") { Description = "Which.", DefaultValueFactory = _ => "open", HelpName = "open|decided|all" };
        state.AcceptOnlyFromAmong("open", "decided", "all");
        var command = new Command("approvals", "List what waits for a decision, least time left first.") { state };
        return command.Acting(context, "approver", async call =>
        {
            var page = await call.Api.GetAsync($"/api/v1/approvals?state={call.Value(state)}&limit=200", call.Stop);
            if (call.Printer.Json)
            {
                call.Printer.Document(page);
                return ExitCodes.Ok;
            }
            call.Printer.Table(
                page.Items("items"),
                "nothing waits for a decision",
                new Column("RUN", "session_id"),
                new Column("STEP", "step_numbers"),
                new Column("TICKET", "ticket_id"),
                new Column("RUNBOOK", "runbook_id"),
                new Column("BLAST", "blast_radius"),
                new Column("ENV", "environment"),
                new Column("NEEDS", "quorum"),
                new Column("STATE", "state"),
                new Column("LEFT", TimeLeft),
                new Column("YOU", item => item.IsTrue("eligible") ? "may decide" : item.Text("ineligible_reason")));
            foreach (var item in page.Items("items")) What(call.Printer, item);
            return ExitCodes.Ok;
        });
    }

    private static Command Decide(CliContext context, string verb, string description, bool approved)
    {
        var id = RunCommands.Id();
        var step = new Option<int?>("--step", "-s") { Description = "The step's number; may be left out when one approval is open.", HelpName = "N" };
        var notes = new Option<string?>("--notes", "-n") { Description = "Kept with the decision.", HelpName = "TEXT" };
        var role = new Option<string?>("--role") { Description = "The role or group in which you decide, when you hold several.", HelpName = "ROLE" };
        var approval = new Option<string?>("--approval-id") { Description = "Decide exactly this approval.", HelpName = "ID" };
        var digest = new Option<string?>("--digest") { Description = "Decide only if exactly this would run.", HelpName = "SHA256" };
        var command = new Command(verb, description) { id, step, notes, role, approval, digest };
        return command.Acting(context, "approver", async call =>
        {
            var session = call.Value(id);
            var number = call.Value(step) ?? await OnlyOpenStepAsync(call, session);
            var answer = await call.Api.PostAsync(
                RunCommands.Path(session, "/approve"),
                json =>
                {
                    json.WriteNumber("step_number", number);
                    json.WriteBoolean("approved", approved);
                    Optional(json, "notes", call.Value(notes));
                    Optional(json, "approver_role", call.Value(role));
                    Optional(json, "approval_id", call.Value(approval));
                    Optional(json, "digest", call.Value(digest));
                },
                RunStart.NewKey(),
                call.Stop);
            if (call.Printer.Json) call.Printer.Document(answer);
            else call.Printer.Line($"run {session}: step {number} {(approved ? "approved" : "rejected")}; now {answer.Text("state")}{Missing(answer, number)}");
            return ExitCodes.Ok;
        });
    }

    private static async Task<int> OnlyOpenStepAsync(ApiCall call, long session)
    {
        var run = await call.Api.GetAsync(RunCommands.Path(session), call.Stop);
        var open = run.Items("approvals").Where(IsOpen).Select(a => a.Items("step_numbers").First().GetInt32()).ToList();
        return open.Count switch
        {
            1 => open[0],
            0 => throw new CliFailureException($"run {session} is {run.Text("state")}; no approval is open."),
            _ => throw new CliFailureException($"several approvals are open; say which: --step {string.Join(" or ", open)}.", ExitCodes.Usage),
        };
    }

    // A vote that does not meet the quorum yet leaves the approval open: say what is missing.
    private static string Missing(JsonElement session, int step) =>
        session.Items("approvals").LastOrDefault(a => IsOpen(a) && a.Items("step_numbers").Any(n => n.GetInt32() == step)) is { ValueKind: JsonValueKind.Object } open
            ? string.Create(CultureInfo.InvariantCulture, $"; {open.Items("votes").Count()} vote(s) so far, needs {open.Text("quorum")}")
            : "";

    private static bool IsOpen(JsonElement approval) => approval.Text("state") is "pending" or "notified";

    // Whole, never cut: this is what the approver agrees to.
    private static void What(Printer printer, JsonElement item)
    {
        printer.Line("");
        printer.Line($"run {item.Text("session_id")}, {item.Text("title")}: approve with cavra approve {item.Text("session_id")} --step {item.Text("step_numbers").Split(',')[0]}");
        foreach (var (step, command) in item.Items("step_numbers").Select(JsonRead.Shown).Zip(item.Items("commands")))
        {
            printer.Line($"  step {step} runs:");
            printer.Block(command.Command(""));
        }
    }

    private static string TimeLeft(JsonElement item)
    {
        if (item.Number("seconds_left") is not { } seconds) return "";
        var left = TimeSpan.FromSeconds(seconds);
        return left < TimeSpan.Zero ? "over" : left.ToString(left.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
