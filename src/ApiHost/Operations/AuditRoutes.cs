using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Operations;

/// <summary><c>GET /api/v1/audit</c>: who did what, newest first, for auditors.</summary>
internal sealed class AuditRoutes(IAuditLog log)
{
    /// <summary>Maps the route.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGroup("/api/v1/audit").WithMetadata(Access.Auditor).Get("", List, new RouteDoc("Who did what, newest first") { Answer = typeof(Page<AuditEntry>), Query = Field.Page });

    private async Task List(HttpContext context)
    {
        var query = new Query(context);
        var (limit, cursor) = (query.Limit, query.Cursor);
        if (!await query.IsGood()) return;
        await Paging.Answer(context, () => log.List(Caller.Of(context).Actor.Tenant, limit, cursor, context.RequestAborted));
    }
}
