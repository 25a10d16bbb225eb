using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Runbooks;

namespace Cavra.Actors.ApiHost.OpenApi;

/// <summary><c>/openapi/v1.json</c> and <c>/schemas/runbook.schema.json</c>.</summary>
internal static class DocumentRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").WithMetadata(Access.Open);
        var document = new Lazy<byte[]>(() => OpenApiDocument.Make(routes.DataSources.SelectMany(s => s.Endpoints)));
        open.Get("/openapi/v1.json", context => Answer.Bytes(context, StatusCodes.Status200OK, "application/json", document.Value), new RouteDoc("This document") { AnswerExample = """{"openapi":"3.1.0"}""" });
        open.Get("/schemas/runbook.schema.json", context => Answer.Bytes(context, StatusCodes.Status200OK, "application/schema+json", RunbookSchema.Document),
            new RouteDoc("JSON Schema of a runbook") { AnswerType = "application/schema+json", AnswerExample = """{"$schema":"https://json-schema.org/draft/2020-12/schema"}""" });
    }
}
