using System.Collections.Immutable;

namespace Cavra.Actors.ApiHost.OpenApi;

/// <summary>What the OpenAPI document says of a route; stands on every route as metadata (a test holds that).</summary>
internal sealed record RouteDoc(string Summary)
{
    /// <summary>The status of a good answer.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The wire type of the answer's body; null for none or another media type.</summary>
    public Type? Answer { get; init; }

    /// <summary>Media type of the answer.</summary>
    public string AnswerType { get; init; } = "application/json";

    /// <summary>Example of the answer, as JSON.</summary>
    public string? AnswerExample { get; init; }

    /// <summary>The request's fields; null when it has no JSON body.</summary>
    public ImmutableArray<Field>? Body { get; init; }

    /// <summary>Media types of the request, when it is not JSON alone.</summary>
    public ImmutableArray<string> BodyTypes { get; init; } = ["application/json"];

    /// <summary>Example of the request, as JSON.</summary>
    public string? BodyExample { get; init; }

    /// <summary>Query parameters.</summary>
    public ImmutableArray<Field> Query { get; init; } = [];

    /// <summary>Codes of refusals besides the generic ones.</summary>
    public ImmutableArray<string> Codes { get; init; } = [];

    /// <summary>Whether it takes <c>Idempotency-Key</c>.</summary>
    public bool Idempotent { get; init; }
}

/// <summary>A field of a body or a query parameter. <paramref name="Schema"/> is JSON Schema text; by default a string.</summary>
internal sealed record Field(string Name, string Description, bool Required = false, string Schema = """{"type":"string"}""")
{
    /// <summary>Schema of an integer.</summary>
    public const string Integer = """{"type":"integer"}""";

    /// <summary>Schema of a boolean.</summary>
    public const string Boolean = """{"type":"boolean"}""";

    /// <summary>Schema of a list of strings.</summary>
    public const string Strings = """{"type":"array","items":{"type":"string"}}""";

    /// <summary>Schema of an object.</summary>
    public const string Object = """{"type":"object"}""";

    /// <summary>The parameters of every list.</summary>
    public static readonly ImmutableArray<Field> Page = [new("limit", "Items on a page, 1..200", Schema: Integer), new("cursor", "next_cursor of the page before")];

    /// <summary>Schema of one of some words.</summary>
    public static string OneOf(string commaSeparated) =>
        """{"type":"string","enum":[""" + string.Join(',', commaSeparated.Split(", ").Select(w => $"\"{w}\"")) + "]}";
}

/// <summary>How routes are mapped here: a handler without reflection, with its document.</summary>
internal static class Routes
{
    /// <summary>Maps a GET.</summary>
    public static IEndpointConventionBuilder Get(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler, RouteDoc doc) =>
        routes.MapMethods(pattern, [HttpMethods.Get], handler).WithMetadata(doc);

    /// <summary>Maps a POST.</summary>
    public static IEndpointConventionBuilder Post(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler, RouteDoc doc) =>
        routes.MapMethods(pattern, [HttpMethods.Post], handler).WithMetadata(doc);

    /// <summary>Maps a PUT.</summary>
    public static IEndpointConventionBuilder Put(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler, RouteDoc doc) =>
        routes.MapMethods(pattern, [HttpMethods.Put], handler).WithMetadata(doc);

    /// <summary>Maps a DELETE.</summary>
    public static IEndpointConventionBuilder Delete(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler, RouteDoc doc) =>
        routes.MapMethods(pattern, [HttpMethods.Delete], handler).WithMetadata(doc);
}
