using System.CommandLine;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;

namespace Cavra.Actors.Cli.Runs;

/// <summary>Commands that steer a live run; each answers with the run as it then is.</summary>
internal static class RunControl
{
    internal static Command Pause(CliContext context) =>
        Steering(context, "pause", "Pause a run: at once when it waits, after the running step when it executes.", [], _ => null);

    internal static Command Cancel(CliContext context) =>
        Steering(context, "cancel", "Cancel a run and end the step that runs.", [], _ => null);

    internal static Command Directive(CliContext context)
    {
        var directive = new Argument<string>("DIRECTIVE") { Description = "retry (the failed or rejected step again), resume (with the next step), rollback or cancel." };
        directive.AcceptOnlyFromAmong("retry", "resume", "rollback", "cancel");
        return Steering(context, "directive", "Tell a paused run how to go on.", [directive], call => json => json.WriteString("directive", call.Value(directive)));
    }

    internal static Command Rollback(CliContext context)
    {
        var step = new Option<int?>("--step", "-s") { Description = "Only this step; without it all steps that ran, in reverse order.", HelpName = "N" };
        return Steering(context, "rollback", "Roll back what a live run did.", [step], call => json =>
        {
            if (call.Value(step) is { } number) json.WriteNumber("step_number", number);
        });
    }

    private static Command Steering(CliContext context, string verb, string description, Symbol[] own, Func<ApiCall, Action<Utf8JsonWriter>?> members)
    {
        var id = RunCommands.Id();
        var reason = new Option<string>("--reason", "-r") { Description = "Why; kept in the run's history.", Required = true, HelpName = "TEXT" };
        var command = new Command(verb, description) { id };
        foreach (var symbol in own)
        {
            if (symbol is Argument argument) command.Add(argument);
            else command.Add((Option)symbol);
        }
        command.Add(reason);
        return command.Acting(context, "operator", async call =>
        {
            var session = await call.Api.PostAsync(
                RunCommands.Path(call.Value(id), "/" + verb),
                json =>
                {
                    members(call)?.Invoke(json);
                    json.WriteString("reason", call.Value(reason));
                },
                RunStart.NewKey(),
                call.Stop);
            if (call.Printer.Json) call.Printer.Document(session);
            else RunShow.Print(call.Printer, session);
            return ExitCodes.Ok;
        });
    }
}
