using System.CommandLine;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run preview</c>: what would run, nothing is created.</summary>
internal static class RunPreview
{
    internal static Command Create(CliContext context)
    {
        var request = new RunRequest();
        var command = new Command("preview", "Show what would run, under which policy and with which approvals; nothing is created.");
        request.AddTo(command);
        return command.Acting(context, "operator", async call =>
        {
            var plan = await call.Api.PostAsync("/api/v1/executions/preview", request.Body(call), null, call.Stop);
            if (call.Printer.Json) call.Printer.Document(plan);
            else Print(call.Printer, plan);
            return ExitCodes.Ok;
        });
    }

    private static void Print(Printer printer, JsonElement plan)
    {
        printer.Facts(
            ("runbook", $"{plan.Text("runbook_id")} version {plan.Text("runbook_version")}"),
            ("profile", plan.Text("environment_profile")),
            ("approvals", plan.Text("validation_mode")),
            ("can start", plan.Text("startable")),
            ("no return", plan.Text("point_of_no_return") is { Length: > 0 } last ? $"after step {last} nothing brings it back" : ""));
        foreach (var problem in plan.Items("problems"))
        {
            printer.Line("problem    " + (problem.ValueKind == JsonValueKind.Object ? $"{problem.Text("code")}: {problem.Text("detail")}" : JsonRead.Shown(problem)));
        }
        printer.Table(
            plan.Items("steps"),
            "no steps",
            new Column("STEP", "step_number"),
            new Column("PHASE", "phase"),
            new Column("NAME", "name"),
            new Column("VERDICT", "verdict"),
            new Column("APPROVAL", Gate),
            new Column("ROLLBACK", step => step.IsTrue("irreversible") ? "irreversible" : step.At("rollback").ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "none" : "yes"),
            new Column("COMMAND", step => step.CommandSummary("command")));
        foreach (var step in plan.Items("steps"))
        {
            printer.Line($"step {step.Text("step_number")}: {step.Text("reason")} [{string.Join(", ", step.Items("rules").Select(r => r.Text("id")))}]");
            // What was cut in the table is shown whole: this is what people agree to.
            if (step.CommandSummary("command") != step.Command("command")) printer.Block(step.Command("command"));
        }
    }

    private static string Gate(JsonElement step)
    {
        if (step.At("gate").ValueKind != JsonValueKind.Object) return "none";
        if (step.IsTrue("gate.automatic")) return "automatic";
        var eligible = step.Text("gate.eligible");
        return eligible.Length > 0 ? $"{step.Text("gate.quorum")} ({eligible})" : step.Text("gate.quorum");
    }
}
