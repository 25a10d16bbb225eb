using System.Text;
using System.Text.Json.Nodes;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;

namespace Cavra.Actors.ApiHost.OpenApi;

/// <summary>The OpenAPI 3.1 document of every mapped route, made from the routes' own metadata.</summary>
internal static class OpenApiDocument
{
    private static readonly string[] GenericCodes = ["unauthorized", "forbidden", "rate_limited", "unavailable"];

    /// <summary>The document as UTF-8.</summary>
    public static byte[] Make(IEnumerable<Endpoint> endpoints)
    {
        var schemas = new JsonObject { ["Problem"] = JsonNode.Parse(ProblemSchema) };
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<RouteDoc>() is not { } doc) continue;
            var path = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            if (!paths.TryGetValue(path, out var item)) paths[path] = item = [];
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods)
                item[method.ToLowerInvariant()] = Operation(endpoint, path, method, doc, schemas);
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Cavra Actors", ["version"] = "1", ["description"] = "Runs an operator's runbook against a ticket and stops for a human where policy says so." },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["paths"] = new JsonObject(paths.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value))),
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = JsonNode.Parse("""{"bearer":{"type":"http","scheme":"bearer","bearerFormat":"JWT"},"worker":{"type":"mutualTLS"}}"""),
                ["schemas"] = schemas,
            },
        };
        return Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    private const string ProblemSchema =
        """{"type":"object","properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"code":{"type":"string"},"trace_id":{"type":"string"},"errors":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"}}},"rules":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"reason":{"type":"string"}}}}},"required":["type","title","status","detail","code","trace_id"]}""";

    private static JsonObject Operation(RouteEndpoint endpoint, string path, string method, RouteDoc doc, JsonObject schemas)
    {
        var access = endpoint.Metadata.GetMetadata<Access>()!;
        var operation = new JsonObject
        {
            ["summary"] = doc.Summary,
            ["operationId"] = OperationId(method, path),
            ["tags"] = new JsonArray(path.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipWhile(s => s is "api" or "v1" or "ws").FirstOrDefault() ?? "root"),
        };
        if (access.IsAgent) operation["security"] = JsonNode.Parse("""[{"worker":[]}]""");
        else if (access is { IsOpen: true, IsSocket: false }) operation["security"] = new JsonArray();
        else if (!access.IsSocket) operation["x-roles"] = new JsonArray([.. access.AnyOf.Select(r => JsonValue.Create(r))]);
        var parameters = Parameters(endpoint, doc);
        if (parameters.Count > 0) operation["parameters"] = parameters;
        if (doc.Body is not null) operation["requestBody"] = Body(doc);
        operation["responses"] = Responses(doc, access, schemas);
        return operation;
    }

    private static JsonArray Parameters(RouteEndpoint endpoint, RouteDoc doc)
    {
        var parameters = new JsonArray();
        foreach (var part in endpoint.RoutePattern.Parameters) parameters.Add(Parameter(part.Name, "path", true, """{"type":"string"}""", null));
        foreach (var field in doc.Query) parameters.Add(Parameter(field.Name, "query", field.Required, field.Schema, field.Description));
        if (doc.Idempotent) parameters.Add(Parameter("Idempotency-Key", "header", false, """{"type":"string","minLength":1,"maxLength":255}""", "Repeats with the same key and body get the first answer again"));
        return parameters;
    }

    private static JsonObject Parameter(string name, string place, bool required, string schema, string? description) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = required,
        ["description"] = description ?? name,
        ["schema"] = JsonNode.Parse(schema),
    };

    private static JsonObject Body(RouteDoc doc)
    {
        var fields = doc.Body!.Value;
        var schema = fields.IsEmpty ? new JsonObject { ["type"] = "object" } : new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(fields.Select(f =>
            {
                var shape = JsonNode.Parse(f.Schema)!;
                shape["description"] = f.Description;
                return KeyValuePair.Create<string, JsonNode?>(f.Name, shape);
            })),
            ["required"] = new JsonArray([.. fields.Where(f => f.Required).Select(f => JsonValue.Create(f.Name))]),
            ["additionalProperties"] = false,
        };
        var content = new JsonObject();
        foreach (var type in doc.BodyTypes)
        {
            var json = type == "application/json";
            var isText = doc.BodyExample is not null && !doc.BodyExample.StartsWith('{');
            var media = new JsonObject { ["schema"] = json ? schema.DeepClone() : new JsonObject { ["type"] = "string" } };
            if (doc.BodyExample is not null && (!json || !isText)) media["example"] = isText ? JsonValue.Create(doc.BodyExample) : JsonNode.Parse(doc.BodyExample);
            content[type] = media;
        }

        return new JsonObject { ["required"] = fields.IsEmpty || fields.Any(f => f.Required), ["content"] = content };
    }

    private static JsonObject Responses(RouteDoc doc, Access access, JsonObject schemas)
    {
        var good = new JsonObject { ["description"] = doc.Summary };
        if (doc.Status is not (101 or 204)) good["content"] = new JsonObject { [doc.AnswerType] = Good(doc, schemas) };
        var responses = new JsonObject { [$"{doc.Status}"] = good };
        var codes = access.IsOpen || access.IsAgent ? doc.Codes.AsEnumerable() : doc.Codes.Concat(GenericCodes);
        if (doc.Body is not null) codes = codes.Concat(["malformed_body", "validation_failed", "body_too_large", "unsupported_media_type"]);
        foreach (var group in codes.Distinct().GroupBy(Problems.StatusOf).OrderBy(g => g.Key))
        {
            responses[$"{group.Key}"] = new JsonObject
            {
                ["description"] = string.Join(", ", group),
                ["content"] = new JsonObject
                {
                    ["application/problem+json"] = new JsonObject
                    {
                        ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Problem" },
                        ["example"] = new JsonObject
                        {
                            ["type"] = "urn:cavra:problem:" + group.First(),
                            ["title"] = Problems.TitleOf(group.First()),
                            ["status"] = group.Key,
                            ["detail"] = "What was wrong and what to do.",
                            ["code"] = group.First(),
                            ["trace_id"] = "4bf92f3577b34da6a3ce929d0e0e4736",
                        },
                    },
                },
            };
        }

        return responses;
    }

    private static JsonObject Good(RouteDoc doc, JsonObject schemas)
    {
        if (doc.Answer is null)
        {
            var plain = new JsonObject { ["schema"] = new JsonObject { ["type"] = doc.AnswerType == "application/json" ? "object" : "string" } };
            if (doc.AnswerExample is not null) plain["example"] = JsonNode.Parse(doc.AnswerExample);
            return plain;
        }

        var name = WireSchemas.NameOf(doc.Answer);
        if (!schemas.ContainsKey(name)) schemas[name] = WireSchemas.Of(doc.Answer);
        return new JsonObject
        {
            ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/" + name },
            ["example"] = doc.AnswerExample is null ? WireSchemas.Example(schemas[name]) : JsonNode.Parse(doc.AnswerExample),
        };
    }

    private static string OperationId(string method, string path) =>
        method.ToLowerInvariant() + string.Concat(path.Split('/', '-', '.', '_').Where(s => s.Length > 0).Select(s => s.Trim('{', '}')).Select(s => char.ToUpperInvariant(s[0]) + s[1..]));
}
