using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Operations;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Operations;

/// <summary>Feature flags (contract section Operations).</summary>
internal sealed class FlagRoutes(IGrainFactory grains)
{
    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/feature-flags").WithMetadata(Access.Read);
        group.Get("", List, new RouteDoc("The flags as the tenant sees them") { Answer = typeof(Page<FeatureFlagView>) });
        group.Put("/{name}", Set, new RouteDoc("Set a flag for the tenant, or for all")
        {
            Answer = typeof(FeatureFlagView),
            Body = [new("enabled", "On or off", true, Field.Boolean), new("scope", "For whom; tenant when absent", false, Field.OneOf("global, tenant")), new("reason", "Why")],
            BodyExample = """{"enabled":false,"scope":"tenant","reason":"worker pool under repair"}""",
        }).WithMetadata(Access.Admin);
    }

    private async Task List(HttpContext context)
    {
        var flags = await grains.GetGrain<IFeatureFlags>("all").List(Caller.Of(context).Actor.Tenant);
        await Answer.Json(context, StatusCodes.Status200OK, new Page<FeatureFlagView>(flags, null));
    }

    private async Task Set(HttpContext context)
    {
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        var enabled = body.Flag("enabled", required: true);
        var scope = body.Text("scope", 16);
        if (scope is not (null or "global" or "tenant")) body.Fail("scope", "must be one of global, tenant");
        var reason = body.Text("reason", 2000) ?? "";
        if (!await body.IsGood(context)) return;
        var name = context.Request.RouteValues["name"] as string ?? "";
        var reply = await grains.GetGrain<IFeatureFlags>("all").Set(Caller.ActorOf(context), name, enabled!.Value, scope == "global", reason, RequestTrace.Of(context).TraceId);
        if (reply.Refusal is { } refusal) await ProblemAnswer.Write(context, refusal);
        else await Answer.Json(context, StatusCodes.Status200OK, reply.Flag!);
    }
}
