using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cavra.Actors.Runbooks.Schema;

/// <summary>Writes a shape as JSON Schema 2020-12.</summary>
internal static class JsonSchemaWriter
{
    public static byte[] Write(MapShape root, string id)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("$id", id);
            WriteBody(json, root);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteShape(Utf8JsonWriter json, Shape shape)
    {
        json.WriteStartObject();
        WriteBody(json, shape);
        json.WriteEndObject();
    }

    private static void WriteBody(Utf8JsonWriter json, Shape shape)
    {
        json.WriteString("description", shape.Description);
        switch (shape)
        {
            case MapShape map:
                WriteMap(json, map);
                break;
            case ListShape list:
                json.WriteString("type", "array");
                json.WriteNumber("minItems", list.MinItems);
                json.WriteNumber("maxItems", list.MaxItems);
                if (list.Unique)
                    json.WriteBoolean("uniqueItems", true);
                json.WritePropertyName("items");
                WriteShape(json, list.Item);
                break;
            case EitherShape either:
                json.WriteStartArray("anyOf");
                foreach (var option in either.Options)
                    WriteShape(json, option);
                json.WriteEndArray();
                break;
            default:
                WriteScalar(json, shape);
                break;
        }
    }

    private static void WriteMap(Utf8JsonWriter json, MapShape map)
    {
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartArray("required");
        foreach (var field in map.Fields.Where(f => f.Required))
            json.WriteStringValue(field.Name);
        json.WriteEndArray();
        json.WriteStartObject("properties");
        foreach (var field in map.Fields)
        {
            json.WritePropertyName(field.Name);
            WriteShape(json, field.Shape);
        }

        json.WriteEndObject();
    }

    private static void WriteScalar(Utf8JsonWriter json, Shape shape)
    {
        switch (shape)
        {
            case TextShape text:
                json.WriteString("type", "string");
                json.WriteNumber("minLength", text.AllowEmpty ? 0 : 1);
                json.WriteNumber("maxLength", text.MaxLength);
                if (text.Pattern is not null)
                    json.WriteString("pattern", text.Pattern);
                break;
            case WordShape word:
                WriteTypes(json, "string", "number", "boolean");
                json.WriteNumber("maxLength", word.MaxLength);
                break;
            case ChoiceShape choice:
                json.WriteStartArray("enum");
                foreach (var value in choice.Choices)
                    json.WriteStringValue(value);
                json.WriteEndArray();
                break;
            case IntegerShape range:
                json.WriteString("type", "integer");
                json.WriteNumber("minimum", range.Min);
                json.WriteNumber("maximum", range.Max);
                break;
            case NumberShape range:
                json.WriteString("type", "number");
                json.WriteNumber("minimum", range.Min);
                json.WriteNumber("maximum", range.Max);
                break;
            case DurationShape:
                json.WriteString("type", "string");
                json.WriteString("pattern", @"^(([0-9]+(d|h|ms|m|s))+|([0-9]+\.)?[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?)$");
                break;
            default:
                json.WriteString("type", "boolean");
                break;
        }
    }

    private static void WriteTypes(Utf8JsonWriter json, params string[] types)
    {
        json.WriteStartArray("type");
        foreach (var type in types)
            json.WriteStringValue(type);
        json.WriteEndArray();
    }
}
