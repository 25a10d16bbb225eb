using System.Security.Cryptography;
using System.Text.Json;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>
/// A request's JSON object, read field by field: every field that was not asked for is an error that names it, every wrong one is said with what would
/// be right, and all of them are said at once.
/// </summary>
internal sealed class JsonBody : IDisposable
{
    /// <summary>A body without fields.</summary>
    public static JsonBody Empty => new(JsonDocument.Parse("{}"));

    private readonly JsonDocument _document;
    private readonly List<string> _known = [];
    private Dictionary<string, List<string>>? _errors;

    /// <summary>Takes over a document whose root is an object.</summary>
    public JsonBody(JsonDocument document) => _document = document;

    /// <summary>The whole object.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>Text; null when absent or null.</summary>
    public string? Text(string name, int max, bool required = false)
    {
        if (!Find(name, required, out var value)) return null;
        if (value.ValueKind != JsonValueKind.String) return Wrong<string>(name, "must be a string");
        var text = value.GetString()!;
        if (text.Length > max) return Wrong<string>(name, $"must have at most {max} characters");
        return required && string.IsNullOrWhiteSpace(text) ? Wrong<string>(name, "must not be empty") : text;
    }

    /// <summary>Text that names something: no control characters, no blanks around it.</summary>
    public string? Name(string name, int max, bool required = false)
    {
        var text = Text(name, max, required);
        if (text is null) return null;
        return text.Length == 0 || text.Any(char.IsControl) || text != text.Trim() ? Wrong<string>(name, "must be 1 or more characters without control characters or blanks around them") : text;
    }

    /// <summary>A boolean; null when absent or null.</summary>
    public bool? Flag(string name, bool required = false)
    {
        if (!Find(name, required, out var value)) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fail(name, "must be true or false");
        return null;
    }

    /// <summary>An integer within bounds; null when absent or null.</summary>
    public int? Integer(string name, int min, int max, bool required = false)
    {
        if (!Find(name, required, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max) return number;
        Fail(name, $"must be an integer from {min} to {max}");
        return null;
    }

    /// <summary>One of an enum's wire names; null when absent or null.</summary>
    public T? OneOf<T>(string name, bool required = false)
        where T : struct, Enum
    {
        if (!Find(name, required, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String && WireNames<T>.TryParse(value.GetString()!, out var parsed)) return parsed;
        Fail(name, "must be one of " + WireNames<T>.All);
        return null;
    }

    /// <summary>A list of names; null when absent or null.</summary>
    public List<string>? Names(string name, int maxItems, int maxLength, bool required = false)
    {
        if (!Find(name, required, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxItems) return Wrong<List<string>>(name, $"must be a list of at most {maxItems} strings");
        var names = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { Length: > 0 } text || text.Length > maxLength || text.Any(char.IsControl))
                return Wrong<List<string>>(name, $"each item must be a string of 1 to {maxLength} characters");
            names.Add(text);
        }

        return names;
    }

    /// <summary>Any value of one kind; null when absent or null.</summary>
    public JsonElement? Element(string name, JsonValueKind kind, bool required = false)
    {
        if (!Find(name, required, out var value)) return null;
        if (value.ValueKind == kind) return value;
        Fail(name, kind == JsonValueKind.Object ? "must be an object" : "must be a list");
        return null;
    }

    /// <summary>Notes an error of a field.</summary>
    public void Fail(string field, string message)
    {
        _errors ??= [];
        if (!_errors.TryGetValue(field, out var messages)) _errors[field] = messages = [];
        messages.Add(message);
    }

    /// <summary>Whether all that stands in the body was asked for and right; else answers 400.</summary>
    public async ValueTask<bool> IsGood(HttpContext context)
    {
        foreach (var property in Root.EnumerateObject())
        {
            if (!_known.Contains(property.Name)) Fail(property.Name.Length <= 100 ? property.Name : property.Name[..100], "is not a known field");
        }

        if (_errors is null) return true;
        await ProblemAnswer.Invalid(context, _errors);
        return false;
    }

    /// <summary>SHA-256 (hex) of the body with sorted names, less <c>idempotency_key</c>: equal for bodies that mean the same.</summary>
    public string Digest()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) Canonical(Root, json, top: true);
        return Convert.ToHexStringLower(SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();

    private static void Canonical(JsonElement element, Utf8JsonWriter json, bool top = false)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    if (top && property.Name == "idempotency_key") continue;
                    json.WritePropertyName(property.Name);
                    Canonical(property.Value, json);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Canonical(item, json);
                json.WriteEndArray();
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }

    private bool Find(string name, bool required, out JsonElement value)
    {
        _known.Add(name);
        if (Root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null) return true;
        if (required) Fail(name, "is required");
        return false;
    }

    private T? Wrong<T>(string name, string message)
        where T : class
    {
        Fail(name, message);
        return null;
    }
}
