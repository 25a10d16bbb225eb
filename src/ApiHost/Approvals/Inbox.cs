using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Approvals;

/// <summary><c>GET /api/v1/approvals</c>: what waits for a decision, by time left, and whether the caller may give it.</summary>
internal sealed class Inbox(IApprovalReader reader, TimeProvider time)
{
    /// <summary>Maps the route.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGroup("/api/v1/approvals").WithMetadata(Access.Read).Get("", List, new RouteDoc("The inbox, by time left")
        {
            Answer = typeof(Page<ApprovalItem>),
            Query = [new("state", "Which ones; open when absent", Schema: Field.OneOf("open, decided, all")), .. Field.Page],
        });

    private async Task List(HttpContext context)
    {
        var query = new Query(context);
        var state = query.Text("state") ?? "open";
        if (state is not ("open" or "decided" or "all")) query.Fail<string>("state", "must be one of open, decided, all");
        var (limit, cursor) = (query.Limit, query.Cursor);
        if (!await query.IsGood()) return;
        var actor = Caller.Of(context).Actor;
        await Paging.Answer(context, async () =>
        {
            var page = await reader.List(actor.Tenant, state, limit, cursor, context.RequestAborted);
            return page with { Items = [.. page.Items.Select(i => ForCaller(i, actor))] };
        });
    }

    private ApprovalItem ForCaller(ApprovalItem item, Actor actor)
    {
        var open = item.State is ApprovalState.Pending or ApprovalState.Notified;
        var reason = Eligibility.Obstacle(item, actor);
        return item with
        {
            SecondsLeft = open && item.ExpiresAt is { } at ? Math.Max(0, (long)(at - time.GetUtcNow()).TotalSeconds) : 0,
            Eligible = reason is null,
            IneligibleReason = reason,
        };
    }
}
