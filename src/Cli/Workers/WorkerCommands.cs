using System.CommandLine;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Runs;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Workers;

/// <summary><c>cavra worker ...</c></summary>
internal static class WorkerCommands
{
    internal static Command Create(CliContext context) => new("worker", "See and steer the workers that execute steps.")
    {
        List(context),
        Show(context),
        Steer(context, "drain", "Let a worker finish what it has and give it nothing new."),
        Steer(context, "undrain", "Give a draining worker work again."),
        WorkerEnroll.Create(context),
    };

    private static Argument<string> Id() => new("ID") { Description = "The worker's id." };

    private static string Path(string id, string rest = "") => $"/api/v1/workers/{Uri.EscapeDataString(id)}{rest}";

    private static Command List(CliContext context)
    {
        var state = new Option<string?>("--state") { Description = "Only workers in this state.", HelpName = "STATE" };
        var environment = new Option<string?>("--environment") { Description = "Only workers for dev, staging or prod.", HelpName = "ENV" };
        var command = new Command("list", "List the workers.") { state, environment };
        return command.Acting(context, "viewer", async call =>
        {
            var query = "?limit=200" + Filter("state", call.Value(state)) + Filter("environment", call.Value(environment));
            var page = await call.Api.GetAsync("/api/v1/workers" + query, call.Stop);
            if (call.Printer.Json)
            {
                call.Printer.Document(page);
                return ExitCodes.Ok;
            }
            call.Printer.Table(
                page.Items("items"),
                "no workers are registered",
                new Column("WORKER", "worker_id"),
                new Column("STATE", "state"),
                new Column("LOAD", worker => $"{worker.Text("current_load")}/{worker.Text("max_concurrency")}"),
                new Column("ENVIRONMENTS", "environments"),
                new Column("CAPABILITIES", "capabilities"),
                new Column("SEGMENT", "network_segment"),
                new Column("HEARTBEAT", worker => worker.Time("last_heartbeat_at")),
                new Column("VERSION", "version"),
                new Column("WHY", "reason"));
            return ExitCodes.Ok;
        });
    }

    private static Command Show(CliContext context)
    {
        var id = Id();
        var command = new Command("show", "Show a worker.") { id };
        return command.Acting(context, "viewer", async call =>
        {
            var worker = await call.Api.GetAsync(Path(call.Value(id)), call.Stop);
            if (call.Printer.Json) call.Printer.Document(worker);
            else Print(call.Printer, worker);
            return ExitCodes.Ok;
        });
    }

    private static Command Steer(CliContext context, string verb, string description)
    {
        var id = Id();
        var reason = new Option<string>("--reason", "-r") { Description = "Why; kept in the audit log.", Required = true, HelpName = "TEXT" };
        var command = new Command(verb, description) { id, reason };
        return command.Acting(context, "admin", async call =>
        {
            var worker = await call.Api.PostAsync(Path(call.Value(id), "/" + verb), json => json.WriteString("reason", call.Value(reason)), RunStart.NewKey(), call.Stop);
            if (call.Printer.Json) call.Printer.Document(worker);
            else Print(call.Printer, worker);
            return ExitCodes.Ok;
        });
    }

    private static string Filter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static void Print(Printer printer, JsonElement worker)
    {
        printer.Facts(
            ("worker", worker.Text("worker_id")),
            ("state", worker.Text("reason") is { Length: > 0 } reason ? $"{worker.Text("state")} ({reason})" : worker.Text("state")),
            ("load", $"{worker.Text("current_load")} of {worker.Text("max_concurrency")}"),
            ("runs", worker.Text("sessions")),
            ("environments", worker.Text("environments")),
            ("capabilities", worker.Text("capabilities")),
            ("segment", worker.Text("network_segment")),
            ("sandbox", worker.Text("sandbox")),
            ("transport", worker.Text("transport")),
            ("version", worker.Text("version")),
            ("registered", worker.Time("registered_at")),
            ("heartbeat", worker.Time("last_heartbeat_at")));
        foreach (var assignment in worker.Items("assignments"))
            printer.Line($"assignment {assignment.Text("assignment_id")}: run {assignment.Text("session_id")}{(assignment.IsTrue("running") ? ", a step runs" : "")}");
    }
}
