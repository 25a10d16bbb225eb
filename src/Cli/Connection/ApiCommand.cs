using System.CommandLine;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Connection;

/// <summary>What a command that talks to the API works with.</summary>
internal sealed record ApiCall(CliContext Context, ApiClient Api, Printer Printer, ParseResult Parsed, CancellationToken Stop)
{
    internal T Value<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    internal T? Value<T>(Option<T> option) => Parsed.GetValue(option);
}

/// <summary>Makes a command that talks to the API: adds the options that all of them have.</summary>
internal static class ApiCommand
{
    private static readonly Option<string?> Api = new("--api") { Description = "Address of the API (else CAVRA_API, else the running ./cavra up).", HelpName = "URL" };
    private static readonly Option<string?> Token = new("--token") { Description = "Bearer token (else CAVRA_TOKEN). Visible to others in the process list: prefer the variable.", HelpName = "JWT" };
    private static readonly Option<string?> As = new("--as") { Description = "Development identity of dev.json: viewer, operator, operator2, approver, approver2, operator_approver, admin, admin2, auditor, other_tenant.", HelpName = "NAME" };
    private static readonly Option<string> Output = CreateOutput();

    /// <param name="command">The command, with its own arguments and options.</param>
    /// <param name="defaultIdentity">The development identity when the person names none.</param>
    /// <param name="act">What it does; answers the exit code.</param>
    internal static Command Acting(this Command command, CliContext context, string defaultIdentity, Func<ApiCall, Task<int>> act)
    {
        command.Add(Output);
        command.Add(As);
        command.Add(Api);
        command.Add(Token);
        command.SetAction(async (parsed, stop) =>
        {
            var target = ApiTarget.Find(context, parsed.GetValue(Api), parsed.GetValue(Token), parsed.GetValue(As), defaultIdentity);
            using var api = new ApiClient(target);
            var printer = new Printer(context, parsed.GetValue(Output) == "json");
            return await act(new ApiCall(context, api, printer, parsed, stop));
        });
        return command;
    }

    private static Option<string> CreateOutput()
    {
        var option = new Option<string>("--output", "-o") { Description = "Form of the answer.", DefaultValueFactory = _ => "table", HelpName = "json|table" };
        option.AcceptOnlyFromAmong("json", "table");
        return option;
    }
}
