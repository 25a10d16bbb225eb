using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Wire;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>Writes RFC 9457 documents with the contract's members: <c>code</c>, <c>trace_id</c>, <c>errors</c>, <c>rules</c>, <c>problems</c>.</summary>
internal static class ProblemAnswer
{
    private const int RetryAfterSeconds = 2;

    // Members that are integers on the wire though a refusal carries them as text.
    private static readonly ImmutableArray<string> Integers = ["session_id", "step_number", "current_step", "held_by_session", "version"];

    /// <summary>Answers with a code and an explanation.</summary>
    public static Task Write(HttpContext context, string code, string detail) => Write(context, Refusal.Of(code, detail));

    /// <summary>Answers 400 for one field.</summary>
    public static Task Invalid(HttpContext context, string field, string message) => Invalid(context, new Dictionary<string, List<string>> { [field] = [message] });

    /// <summary>Answers 400 with messages per field.</summary>
    public static Task Invalid(HttpContext context, Dictionary<string, List<string>> errors)
    {
        var first = errors.First();
        return Write(context, new Refusal
        {
            Code = "validation_failed",
            Detail = errors.Count == 1 ? $"{first.Key}: {first.Value[0]}" : $"{errors.Count} fields are not valid; see errors.",
            Errors = errors.ToImmutableSortedDictionary(e => e.Key, e => e.Value.ToImmutableArray()),
        });
    }

    /// <summary>Answers with a grain's refusal.</summary>
    public static Task Write(HttpContext context, Refusal refusal, ImmutableArray<RunbookProblem> problems = default)
    {
        var status = Problems.StatusOf(refusal.Code);
        if (status is 429 or 503 && context.Response.Headers.RetryAfter.Count == 0)
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        if (status == 401) context.Response.Headers.WWWAuthenticate = "Bearer";
        return Answer.Raw(context, status, "application/problem+json", json => Members(json, context, status, refusal, problems));
    }

    private static void Members(Utf8JsonWriter json, HttpContext context, int status, Refusal refusal, ImmutableArray<RunbookProblem> problems)
    {
        json.WriteStartObject();
        json.WriteString("type", "urn:cavra:problem:" + refusal.Code);
        json.WriteString("title", Problems.TitleOf(refusal.Code));
        json.WriteNumber("status", status);
        json.WriteString("detail", refusal.Detail);
        json.WriteString("code", refusal.Code);
        json.WriteString("trace_id", RequestTrace.Of(context).TraceId);
        if (status == 400 || refusal.Errors.Count > 0) Errors(json, refusal);
        if (!refusal.Rules.IsDefaultOrEmpty)
        {
            json.WritePropertyName("rules");
            JsonSerializer.Serialize(json, refusal.Rules, Wire<ImmutableArray<RuleHit>>.Info);
        }

        if (!problems.IsDefaultOrEmpty)
        {
            json.WritePropertyName("problems");
            JsonSerializer.Serialize(json, problems, Wire<ImmutableArray<RunbookProblem>>.Info);
        }

        foreach (var (name, value) in refusal.Extra)
        {
            if (Integers.Contains(name) && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) json.WriteNumber(name, number);
            else json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static void Errors(Utf8JsonWriter json, Refusal refusal)
    {
        json.WriteStartObject("errors");
        foreach (var (field, messages) in refusal.Errors)
        {
            json.WriteStartArray(field);
            foreach (var message in messages) json.WriteStringValue(message);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
