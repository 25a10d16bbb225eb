using System.CommandLine;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;

namespace Cavra.Actors.Cli.Runs;

/// <summary>What <c>run start</c> and <c>run preview</c> both ask for.</summary>
internal sealed class RunRequest
{
    private readonly Argument<string?> _runbook = new("RUNBOOK")
    {
        Description = "The runbook's id; without it, the one whose match rules fit the ticket.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _ticket = new("--ticket", "-t") { Description = "The ticket, such as INC-1.", Required = true, HelpName = "ID" };
    private readonly Option<string> _profile = new("--profile", "-p") { Description = "Environment profile.", DefaultValueFactory = _ => "dev-flex", HelpName = "PROFILE" };
    private readonly Option<string?> _mode = new("--mode", "-m") { Description = "Validation mode; policy's default for the environment when not given.", HelpName = "MODE" };

    private readonly Option<string[]> _input = new("--input", "-i")
    {
        Description = "An input, NAME=VALUE; repeat for more. A value that is a JSON number, true or false is sent as such; NAME:=JSON sends any JSON.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "NAME=VALUE",
    };

    internal RunRequest()
    {
        _profile.AcceptOnlyFromAmong("prod-critical", "prod-standard", "staging-standard", "dev-flex");
        _mode.AcceptOnlyFromAmong("per_step", "per_phase", "critical_only", "final_only");
    }

    internal void AddTo(Command command)
    {
        command.Add(_runbook);
        command.Add(_ticket);
        command.Add(_profile);
        command.Add(_mode);
        command.Add(_input);
    }

    /// <exception cref="CliFailureException">An input is not NAME=VALUE.</exception>
    internal Action<Utf8JsonWriter> Body(ApiCall call)
    {
        var inputs = (call.Value(_input) ?? []).Select(Input).ToList();
        if (inputs.GroupBy(i => i.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new CliFailureException($"input '{twice.Key}' is given twice.", ExitCodes.Usage);
        return json =>
        {
            json.WriteString("ticket_id", call.Value(_ticket));
            if (call.Value(_runbook) is { Length: > 0 } runbook) json.WriteString("runbook_id", runbook);
            json.WriteString("environment_profile", call.Value(_profile));
            if (call.Value(_mode) is { } mode) json.WriteString("validation_mode", mode);
            if (inputs.Count == 0) return;
            json.WriteStartObject("inputs");
            foreach (var (name, value) in inputs)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            json.WriteEndObject();
        };
    }

    private static (string Name, JsonElement Value) Input(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1) throw new CliFailureException($"input '{text}' is not NAME=VALUE.", ExitCodes.Usage);
        var raw = text[(equals + 1)..];
        if (text[equals - 1] == ':')
        {
            return (text[..(equals - 1)], Json(raw) ?? throw new CliFailureException($"input '{text[..(equals - 1)]}': what follows := is not JSON.", ExitCodes.Usage));
        }
        var scalar = Json(raw) is { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value ? value : (JsonElement?)null;
        return (text[..equals], scalar ?? Text(raw));
    }

    private static JsonElement? Json(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement Text(string text)
    {
        using var document = JsonDocument.Parse("\"" + JsonEncodedText.Encode(text) + "\"");
        return document.RootElement.Clone();
    }
}
