using System.CommandLine;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run show</c></summary>
internal static class RunShow
{
    internal static Command Create(CliContext context)
    {
        var id = RunCommands.Id();
        var at = new Option<long?>("--at") { Description = "As it was after this event.", HelpName = "EVENT" };
        var exitStatus = RunWatch.ExitStatus();
        var command = new Command("show", "Show a run: its steps, approvals and the ends of its outputs.") { id, at, exitStatus };
        return command.Acting(context, "viewer", async call =>
        {
            var session = await call.Api.GetAsync(RunCommands.Path(call.Value(id), call.Value(at) is { } seq ? $"?at={seq}" : ""), call.Stop);
            if (call.Printer.Json) call.Printer.Document(session);
            else Print(call.Printer, session);
            return call.Value(exitStatus) ? ExitCodes.Mirror(session.Text("state")) : ExitCodes.Ok;
        });
    }

    internal static void Print(Printer printer, JsonElement session)
    {
        printer.Facts(
            ("run", session.Text("session_id")),
            ("ticket", session.Text("ticket_id")),
            ("runbook", $"{session.Text("runbook_id")} version {session.Text("runbook_version")}"),
            ("state", session.Text("reason") is { Length: > 0 } reason ? $"{session.Text("state")} ({reason})" : session.Text("state")),
            ("profile", $"{session.Text("environment_profile")}, approvals {session.Text("validation_mode")}"),
            ("worker", session.Text("worker_id")),
            ("by", session.Text("requested_by")),
            ("created", session.Time("created_at")),
            ("ended", session.Time("completed_at")),
            ("detail", session.Text("detail")));
        Steps(printer, session);
        foreach (var approval in session.Items("approvals")) Approval(printer, session, approval);
        if (session.At("outputs") is { ValueKind: JsonValueKind.Object } outputs)
        {
            foreach (var step in outputs.EnumerateObject()) Output(printer, step.Name, step.Value);
        }
    }

    private static void Steps(Printer printer, JsonElement session) => printer.Table(
        session.Items("steps"),
        "no steps",
        new Column("STEP", "step_number"),
        new Column("PHASE", "phase"),
        new Column("NAME", "name"),
        new Column("STATE", step => step.Text("reason") is { Length: > 0 } reason ? $"{step.Text("state")} ({reason})" : step.Text("state")),
        new Column("EXIT", "exit_code"),
        new Column("MS", "execution_ms"),
        new Column("BLAST", "blast_radius"),
        new Column("COMMAND", step => step.CommandSummary("command")));

    private static void Approval(Printer printer, JsonElement session, JsonElement approval)
    {
        var steps = approval.Text("step_numbers");
        var votes = string.Join("; ", approval.Items("votes").Select(v => $"{v.Text("by")} {(v.IsTrue("approved") ? "approved" : "rejected")}{(v.Text("notes") is { Length: > 0 } notes ? ": " + notes : "")}"));
        printer.Line($"approval {approval.Text("approval_id")} of step {steps}: {approval.Text("state")}, needs {approval.Text("quorum")}{(votes.Length > 0 ? "; " + votes : "")}");
        if (approval.Text("state") is "pending" or "notified")
            printer.Line($"  decide it with: cavra approve {session.Text("session_id")} --step {steps.Split(',')[0]}   (until {approval.Time("expires_at")})");
    }

    private static void Output(Printer printer, string step, JsonElement output)
    {
        foreach (var (name, field) in new[] { ("stdout", "stdout_tail"), ("stderr", "stderr_tail") })
        {
            var text = output.Text(field).TrimEnd('\n');
            if (text.Length == 0) continue;
            printer.Line($"--- step {step} {name}, its end{(output.IsTrue("truncated") ? " (cut at the limit)" : "")}");
            foreach (var line in text.Split('\n')) printer.Line(line.TrimEnd('\r'));
        }
    }
}
