using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.OpenApi;

/// <summary>JSON Schemas of wire types, from the same metadata that writes them, and examples made from the schemas.</summary>
internal static class WireSchemas
{
    private static readonly JsonSchemaExporterOptions Exporter = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };

    /// <summary>The name of a type's schema: <c>Page&lt;SessionView&gt;</c> is <c>SessionViewPage</c>.</summary>
    public static string NameOf(Type type) => type.IsGenericType ? type.GetGenericArguments()[0].Name + type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] : type.Name;

    /// <summary>A type's schema.</summary>
    public static JsonNode Of(Type type) => ApiJson.Options.GetJsonSchemaAsNode(type, Exporter);

    /// <summary>A value that fits a schema.</summary>
    public static JsonNode? Example(JsonNode? schema)
    {
        if (schema is not JsonObject shape) return JsonValue.Create("text");
        if (shape["enum"] is JsonArray { Count: > 0 } words) return words[0]?.DeepClone();
        if (shape["oneOf"] is JsonArray { Count: > 0 } shapes) return Example(shapes[0]);
        return KindOf(shape) switch
        {
            "object" when shape["properties"] is JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Example(m.Value)))),
            "object" => new JsonObject(),
            "array" => new JsonArray(shape["items"] is { } item ? [Example(item)] : []),
            "integer" => JsonValue.Create(1),
            "number" => JsonValue.Create(1.0),
            "boolean" => JsonValue.Create(true),
            _ => JsonValue.Create(shape["format"]?.GetValue<string>() == "date-time" ? "2026-01-31T12:00:00.000Z" : "text"),
        };
    }

    private static string? KindOf(JsonObject shape) => shape["type"] switch
    {
        JsonArray kinds => kinds.Select(k => k!.GetValue<string>()).FirstOrDefault(k => k != "null"),
        JsonValue kind => kind.GetValue<string>(),
        _ => null,
    };

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var nullable = Nullable.GetUnderlyingType(context.TypeInfo.Type) is not null;
        if (type == typeof(SessionId)) return Kind("integer", nullable);
        if (type == typeof(DateTimeOffset))
        {
            var moment = Kind("string", nullable);
            moment["format"] = "date-time";
            return moment;
        }

        if (type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IStringId<>))) return Kind("string", nullable);
        if (type == typeof(StepCommand)) return JsonNode.Parse("""{"oneOf":[{"type":"array","items":{"type":"string"}},{"type":"string"}]}""")!;
        return schema;
    }

    private static JsonObject Kind(string kind, bool nullable) => new() { ["type"] = nullable ? new JsonArray(kind, "null") : JsonValue.Create(kind) };
}
