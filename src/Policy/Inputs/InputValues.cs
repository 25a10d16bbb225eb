using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Runbooks.Schema;

namespace Cavra.Actors.Inputs;

/// <summary>The checked inputs of a session: every declared input with its text, or every problem found.</summary>
/// <param name="Values">Text per declared input; an optional one without value is empty text.</param>
/// <param name="Problems">Messages per input name, for <c>inputs_invalid</c>.</param>
public sealed record CheckedInputs(IReadOnlyDictionary<string, string> Values, ImmutableSortedDictionary<string, ImmutableArray<string>> Problems)
{
    /// <summary>True when nothing is wrong.</summary>
    public bool Valid => Problems.IsEmpty;
}

/// <summary>Checks what an operator gave against what a runbook declares.</summary>
public static class InputValues
{
    private static readonly TimeSpan NoLimit = Regex.InfiniteMatchTimeout;

    /// <summary>Checks values given as JSON texts (<c>PlanRequest.InputsJson</c>).</summary>
    public static CheckedInputs Check(ImmutableArray<InputDeclaration> declared, IReadOnlyDictionary<string, string> json)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var problems = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var (name, value) in json)
        {
            if (TextOf(value, out var text, out var problem))
                texts[name] = text!;
            else if (problem is not null)
                problems[name] = [problem];
        }

        foreach (var name in json.Keys.Where(n => !declared.Any(d => d.Name == n)))
            problems[name] = [UnknownInput(name, declared)];
        var values = declared.ToDictionary(d => d.Name, _ => "", StringComparer.Ordinal);
        foreach (var input in declared.Where(d => !problems.ContainsKey(d.Name)))
        {
            var given = texts.GetValueOrDefault(input.Name) ?? input.Default;
            if (given is null && input.Required)
                problems[input.Name] = ["is required."];
            else if (given is not null && Problem(input, given) is { } problem)
                problems[input.Name] = [problem];
            else
                values[input.Name] = given ?? "";
        }

        return new CheckedInputs(values.ToFrozenDictionary(StringComparer.Ordinal), problems.ToImmutable());
    }

    /// <summary>What is wrong with one value, or null.</summary>
    internal static string? Problem(InputDeclaration input, string value)
    {
        if (value.Length > input.MaxLength)
            return $"has {value.Length} characters, at most {input.MaxLength} are allowed.";
        if (TextSafety.Problem(value, multiline: true) is { } unsafeText)
            return unsafeText + ".";
        if (TypeProblem(input.Type, value) is { } type)
            return type;
        if (!input.Enum.IsEmpty && !input.Enum.Contains(value))
            return $"must be one of {string.Join(", ", input.Enum)}.";
        if (input.Pattern is not null && !Whole(input.Pattern).IsMatch(value))
            return $"must match {input.Pattern}.";
        return null;
    }

    /// <summary>The pattern over the whole value: <c>$</c> before a trailing newline is not enough (hazard C08).</summary>
    internal static Regex Whole(string pattern) => new(@"\A(?:" + pattern + @")\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, NoLimit);

    private static string? TypeProblem(InputType type, string value) => type switch
    {
        InputType.Integer => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "must be a whole number.",
        InputType.Number => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? null : "must be a number.",
        InputType.Boolean => value is "true" or "false" ? null : "must be true or false.",
        _ => null,
    };

    private static bool TextOf(string json, out string? text, out string? problem)
    {
        (text, problem) = (null, null);
        try
        {
            using var document = JsonDocument.Parse(json);
            var element = document.RootElement;
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    text = element.GetString();
                    return true;
                case JsonValueKind.Number:
                    text = element.GetRawText();
                    return true;
                case JsonValueKind.True or JsonValueKind.False:
                    text = element.GetBoolean() ? "true" : "false";
                    return true;
                case JsonValueKind.Null:
                    return false;
                default:
                    problem = "must be text, a number or a boolean.";
                    return false;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            problem = "is not valid JSON text.";
            return false;
        }
    }

    private static string UnknownInput(string name, ImmutableArray<InputDeclaration> declared) =>
        NearMiss.Find(name, declared.Select(d => d.Name)) is { } near ? $"is not an input of this runbook. Did you mean {near}?" : "is not an input of this runbook.";
}
