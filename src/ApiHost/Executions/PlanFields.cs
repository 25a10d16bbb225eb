using System.Collections.Immutable;
using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Identity;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary>The body that create and preview share.</summary>
internal static class PlanFields
{
    /// <summary>An example.</summary>
    public const string Example = """{"ticket_id":"INC-9081","runbook_id":"rb-disk-pressure","environment_profile":"dev-flex","inputs":{"path":"/var/log"}}""";

    private const int MaxTicket = 200;
    private const int MaxInputs = 64;

    /// <summary>The fields for the document.</summary>
    public static readonly ImmutableArray<Field> Fields =
    [
        new("ticket_id", "The ticket", Required: true),
        new("runbook_id", "The runbook; derived from the ticket when absent"),
        new("environment_profile", "Where and how strictly it runs", Required: true, Field.OneOf(WireNames<EnvironmentProfile>.All)),
        new("validation_mode", "Which steps wait for a human; policy's default when absent", false, Field.OneOf(WireNames<ValidationMode>.All)),
        new("inputs", "The runbook's inputs by name", false, Field.Object),
    ];

    /// <summary>Reads them; problems are noted on the body.</summary>
    public static PlanRequest Read(JsonBody body, Actor actor) => new()
    {
        Actor = actor,
        TicketId = body.Name("ticket_id", MaxTicket, required: true) ?? "",
        RunbookId = body.Name("runbook_id", MaxTicket),
        EnvironmentProfile = body.OneOf<EnvironmentProfile>("environment_profile", required: true) ?? default,
        ValidationMode = body.OneOf<ValidationMode>("validation_mode"),
        InputsJson = Inputs(body),
    };

    private static ImmutableSortedDictionary<string, string> Inputs(JsonBody body)
    {
        if (body.Element("inputs", JsonValueKind.Object) is not { } inputs) return ImmutableSortedDictionary<string, string>.Empty;
        var read = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var input in inputs.EnumerateObject()) read[input.Name] = input.Value.GetRawText();
        if (read.Count > MaxInputs) body.Fail("inputs", $"must have at most {MaxInputs} members");
        return read.ToImmutable();
    }
}
