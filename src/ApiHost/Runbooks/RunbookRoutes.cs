using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Queries;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Wire;

namespace Cavra.Actors.ApiHost.Runbooks;

/// <summary>Contract section Runbooks: list, one version, store, validate.</summary>
internal sealed class RunbookRoutes(IGrainFactory grains)
{
    private const string Example = "runbook_id: rb-example\ntitle: Say hello\nsteps:\n  - name: Hello\n    command: [\"/bin/echo\", \"hello\"]\n";
    private static readonly ImmutableArray<string> BodyTypes = ["application/yaml", "application/json"];

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/runbooks").WithMetadata(Access.Read);
        group.Get("", List, new RouteDoc("Newest versions by id") { Answer = typeof(Page<RunbookSummary>), Query = Field.Page });
        group.Get("/{id}", Get, new RouteDoc("A version of a runbook; the newest when none is named")
        {
            Query = [new("version", "1, 2, ...", Schema: Field.Integer)],
            AnswerExample = """{"runbook_id":"rb-example","version":1,"digest":"...","content_type":"application/yaml","source":"...","runbook":{}}""",
            Codes = ["runbook_not_found"],
        });
        group.Put("/{id}", Put, new RouteDoc("Store a new version unless it is identical")
        {
            Body = [],
            BodyTypes = BodyTypes,
            BodyExample = Example,
            AnswerExample = """{"runbook_id":"rb-example","version":2,"digest":"...","unchanged":false}""",
            Codes = ["version_conflict"],
        }).WithMetadata(Access.Admin);
        group.Post("/validate", Validate, new RouteDoc("The problems of a document, with line and column")
        {
            Body = [],
            BodyTypes = BodyTypes,
            BodyExample = Example,
            AnswerExample = """{"valid":false,"problems":[{"line":3,"column":1,"path":"steps","message":"is required"}]}""",
        });
    }

    private async Task List(HttpContext context)
    {
        var query = new Query(context);
        var (limit, cursor) = (query.Limit, query.Cursor);
        if (!await query.IsGood()) return;
        await Paging.Answer(context, async () => Paging.Cut(await Catalog(context).List(), r => r.RunbookId, limit, cursor));
    }

    private async Task Get(HttpContext context)
    {
        var query = new Query(context);
        var version = (int?)query.Number("version", null, 1, int.MaxValue);
        if (!await query.IsGood()) return;
        var document = await Catalog(context).Get(Id(context), version);
        if (document is null)
        {
            await ProblemAnswer.Write(context, "runbook_not_found", "There is no such runbook, or no such version of it.");
            return;
        }

        context.Response.Headers.ETag = $"\"{document.Digest}\"";
        await Answer.Json(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("runbook_id", document.RunbookId);
            json.WriteNumber("version", document.Version);
            json.WriteString("digest", document.Digest);
            json.WriteString("content_type", document.ContentType);
            json.WriteString("source", document.Source);
            json.WritePropertyName("runbook");
            json.WriteRawValue(document.CanonicalJson, skipInputValidation: true);
            json.WritePropertyName("created_at");
            JsonSerializer.Serialize(json, document.CreatedAt, Wire<DateTimeOffset>.Info);
            json.WriteString("created_by", document.CreatedBy);
            json.WriteEndObject();
        });
    }

    private async Task Put(HttpContext context)
    {
        var text = await RequestBody.Text(context, IsRunbook);
        if (text is null) return;
        var reply = await Catalog(context).Put(new PutRunbook(Caller.ActorOf(context), Id(context), text, MediaType(context), IfMatch(context), RequestTrace.Of(context).TraceId));
        if (reply.Problems.Length > 0)
        {
            await ProblemAnswer.Write(context, Invalid(reply.Problems), reply.Problems);
            return;
        }

        if (reply.Refusal is { } refusal)
        {
            await ProblemAnswer.Write(context, refusal);
            return;
        }

        var document = reply.Document!;
        context.Response.Headers.ETag = $"\"{document.Digest}\"";
        if (reply.Created) context.Response.Headers.Location = $"/api/v1/runbooks/{document.RunbookId}";
        await Answer.Json(context, reply.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("runbook_id", document.RunbookId);
            json.WriteNumber("version", document.Version);
            json.WriteString("digest", document.Digest);
            json.WriteBoolean("unchanged", reply.Unchanged);
            json.WriteEndObject();
        });
    }

    private async Task Validate(HttpContext context)
    {
        var text = await RequestBody.Text(context, IsRunbook);
        if (text is null) return;
        var problems = await Catalog(context).Validate(text, MediaType(context));
        await Answer.Json(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("valid", problems.Length == 0);
            json.WritePropertyName("problems");
            JsonSerializer.Serialize(json, problems, Wire<ImmutableArray<RunbookProblem>>.Info);
            json.WriteEndObject();
        });
    }

    private static Refusal Invalid(ImmutableArray<RunbookProblem> problems) => new()
    {
        Code = "validation_failed",
        Detail = problems.Length == 1
            ? string.Create(CultureInfo.InvariantCulture, $"line {problems[0].Line}, column {problems[0].Column}: {problems[0].Path}: {problems[0].Message}")
            : $"The runbook has {problems.Length} problems; see problems.",
        Errors = problems.GroupBy(p => p.Path).ToImmutableSortedDictionary(g => g.Key, g => g.Select(p => p.Message).ToImmutableArray()),
    };

    private static bool IsRunbook(string type) =>
        RequestBody.IsJson(type) || type.ToLowerInvariant() is "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml" || type.EndsWith("+yaml", StringComparison.OrdinalIgnoreCase);

    private static string MediaType(HttpContext context) =>
        RequestBody.IsJson(context.Request.ContentType!.Split(';')[0].Trim()) ? "application/json" : "application/yaml";

    private static string? IfMatch(HttpContext context)
    {
        var header = context.Request.Headers.IfMatch;
        return header.Count == 0 ? null : header.ToString().Trim().Trim('"');
    }

    private static string Id(HttpContext context) => context.Request.RouteValues["id"] as string ?? "";

    private IRunbookCatalog Catalog(HttpContext context) => grains.GetGrain<IRunbookCatalog>(Caller.Of(context).Actor.Tenant.Value);
}
