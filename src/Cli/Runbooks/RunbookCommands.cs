using System.CommandLine;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runbooks;

/// <summary><c>cavra runbook ...</c></summary>
internal static class RunbookCommands
{
    internal static Command Create(CliContext context) => new("runbook", "List, check and store runbooks.")
    {
        List(context),
        Show(context),
        Validate(context),
        Apply(context),
    };

    private static Command List(CliContext context) => new Command("list", "List the tenant's runbooks.").Acting(context, "viewer", async call =>
    {
        var page = await call.Api.GetAsync("/api/v1/runbooks?limit=200", call.Stop);
        if (call.Printer.Json)
        {
            call.Printer.Document(page);
            return ExitCodes.Ok;
        }
        call.Printer.Table(
            page.Items("items"),
            "no runbooks; store one with: cavra runbook apply FILE",
            new Column("RUNBOOK", "runbook_id"),
            new Column("VERSION", "version"),
            new Column("TITLE", "title"),
            new Column("OWNER", "owner"),
            new Column("ENVIRONMENTS", "environments"),
            new Column("STEPS", "step_count"),
            new Column("UPDATED", runbook => runbook.Time("updated_at")),
            new Column("BY", "updated_by"));
        return ExitCodes.Ok;
    });

    private static Command Show(CliContext context)
    {
        var id = new Argument<string>("RUNBOOK") { Description = "The runbook's id." };
        var version = new Option<int?>("--version") { Description = "A stored version; the newest when not given.", HelpName = "N" };
        var command = new Command("show", "Show a runbook's text.") { id, version };
        return command.Acting(context, "viewer", async call =>
        {
            var query = call.Value(version) is { } number ? $"?version={number}" : "";
            var runbook = await call.Api.GetAsync($"/api/v1/runbooks/{Uri.EscapeDataString(call.Value(id))}{query}", call.Stop);
            if (call.Printer.Json || runbook.Text("source").Length == 0)
            {
                call.Printer.Document(runbook);
                return ExitCodes.Ok;
            }
            call.Printer.Remark($"{runbook.Text("runbook_id")} version {runbook.Text("version")} {runbook.Text("digest")}");
            foreach (var line in runbook.Text("source").TrimEnd('\n').Split('\n')) call.Printer.Line(line.TrimEnd('\r'));
            return ExitCodes.Ok;
        });
    }

    private static Command Validate(CliContext context)
    {
        var files = Files();
        var command = new Command("validate", "Check runbooks without storing them; exit code 1 when one is bad.") { files };
        return command.Acting(context, "viewer", async call =>
        {
            var good = true;
            foreach (var file in call.Value(files))
            {
                var document = RunbookFile.Read(context, file);
                var answer = await call.Api.SendAsync(HttpMethod.Post, "/api/v1/runbooks/validate", document.Content(), call.Stop);
                good &= answer.IsTrue("valid");
                if (call.Printer.Json) call.Printer.Document(answer);
                else if (answer.IsTrue("valid")) call.Printer.Line($"{file}: good");
                foreach (var problem in call.Printer.Json ? [] : answer.Items("problems"))
                    call.Printer.Line($"{file}:{problem.Text("line")}:{problem.Text("column")}: {problem.Text("path")}: {problem.Text("message")}");
            }
            return good ? ExitCodes.Ok : ExitCodes.Failed;
        });
    }

    private static Command Apply(CliContext context)
    {
        var files = Files();
        var command = new Command("apply", "Store runbooks: a new version each, unless nothing changed.") { files };
        return command.Acting(context, "admin", async call =>
        {
            foreach (var file in call.Value(files))
            {
                var document = RunbookFile.Read(context, file);
                var stored = await RunbookFile.PutAsync(call.Api, document, call.Stop);
                if (call.Printer.Json) call.Printer.Document(stored);
                else call.Printer.Line($"{stored.Text("runbook_id")}: version {stored.Text("version")}{(stored.IsTrue("unchanged") ? ", unchanged" : "")}");
            }
            return ExitCodes.Ok;
        });
    }

    private static Argument<string[]> Files() => new("FILE") { Description = "YAML or JSON files.", Arity = ArgumentArity.OneOrMore };
}
