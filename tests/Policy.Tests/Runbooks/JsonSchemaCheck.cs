using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cavra.Actors.Runbooks;

/// <summary>The keywords of JSON Schema that our schema uses, judged by their own specification and not by our loader.</summary>
internal static class JsonSchemaCheck
{
    public static IEnumerable<string> Errors(JsonElement schema, JsonElement value, string path = "$")
    {
        if (schema.TryGetProperty("anyOf", out var options))
            return options.EnumerateArray().Any(o => !Errors(o, value, path).Any()) ? [] : [$"{path}: fits no option"];
        if (schema.TryGetProperty("enum", out var words))
            return words.EnumerateArray().Any(w => value.ValueKind == JsonValueKind.String && w.GetString() == value.GetString()) ? [] : [$"{path}: not in enum"];
        if (!TypeFits(schema, value))
            return [$"{path}: {value.ValueKind} is not of the type"];
        return value.ValueKind switch
        {
            JsonValueKind.Object => ObjectErrors(schema, value, path),
            JsonValueKind.Array => ArrayErrors(schema, value, path),
            JsonValueKind.String => StringErrors(schema, value.GetString()!, path),
            JsonValueKind.Number => NumberErrors(schema, value.GetDouble(), path),
            _ => [],
        };
    }

    private static bool TypeFits(JsonElement schema, JsonElement value)
    {
        var type = schema.GetProperty("type");
        var names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()).ToList() : [type.GetString()];
        return names.Any(name => name switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            _ => throw new InvalidOperationException(name),
        });
    }

    private static IEnumerable<string> ObjectErrors(JsonElement schema, JsonElement value, string path)
    {
        var properties = schema.GetProperty("properties");
        foreach (var required in schema.GetProperty("required").EnumerateArray().Where(r => !value.TryGetProperty(r.GetString()!, out _)))
            yield return $"{path}: lacks {required}";
        foreach (var property in value.EnumerateObject())
        {
            if (!properties.TryGetProperty(property.Name, out var inner))
                yield return $"{path}: unknown {property.Name}";
            else
                foreach (var error in Errors(inner, property.Value, $"{path}.{property.Name}"))
                    yield return error;
        }
    }

    private static IEnumerable<string> ArrayErrors(JsonElement schema, JsonElement value, string path)
    {
        var count = value.GetArrayLength();
        if (count < schema.GetProperty("minItems").GetInt32() || count > schema.GetProperty("maxItems").GetInt32())
            yield return $"{path}: {count} items";
        foreach (var (item, i) in value.EnumerateArray().Select((item, i) => (item, i)))
        {
            foreach (var error in Errors(schema.GetProperty("items"), item, $"{path}[{i}]"))
                yield return error;
        }
    }

    private static IEnumerable<string> StringErrors(JsonElement schema, string value, string path)
    {
        if (schema.TryGetProperty("maxLength", out var max) && value.Length > max.GetInt32())
            yield return $"{path}: too long";
        if (schema.TryGetProperty("minLength", out var min) && value.Length < min.GetInt32())
            yield return $"{path}: too short";
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value, pattern.GetString()!, RegexOptions.NonBacktracking))
            yield return $"{path}: {value} does not match";
    }

    private static IEnumerable<string> NumberErrors(JsonElement schema, double value, string path)
    {
        if (schema.TryGetProperty("minimum", out var min) && (value < min.GetDouble() || value > schema.GetProperty("maximum").GetDouble()))
            yield return $"{path}: {value.ToString(CultureInfo.InvariantCulture)} out of range";
    }
}
