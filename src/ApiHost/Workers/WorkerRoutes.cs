using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Idempotency;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.ApiHost.Workers;

/// <summary>Contract section Workers: list, one, drain, undrain. A worker that serves other tenants only does not exist for the caller.</summary>
internal sealed class WorkerRoutes(IGrainFactory grains, IdempotentRequests requests)
{
    private const int MaxReason = 2000;
    private static readonly Field[] ReasonField = [new("reason", "Why")];

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/workers").WithMetadata(Access.Read);
        group.Get("", List, new RouteDoc("Workers by id")
        {
            Answer = typeof(Page<WorkerView>),
            Query = [new("state", "Only this state", Schema: Field.OneOf(WireNames<WorkerState>.All)), new("environment", "Only those that serve it", Schema: Field.OneOf(WireNames<TargetEnvironment>.All)), .. Field.Page],
        });
        group.Get("/{id}", Get, new RouteDoc("A worker") { Answer = typeof(WorkerView) });
        group.Post("/{id}/drain", Drain,
            new RouteDoc("Let it finish what it has and take nothing new") { Answer = typeof(WorkerView), Body = [.. ReasonField], BodyExample = """{"reason":"kernel update"}""", Idempotent = true }).WithMetadata(Access.Admin);
        group.Post("/{id}/undrain", Undrain,
            new RouteDoc("Let it take work again") { Answer = typeof(WorkerView), Body = [.. ReasonField], BodyExample = """{"reason":"done"}""", Idempotent = true }).WithMetadata(Access.Admin);
    }

    /// <summary>Whether a worker serves a tenant.</summary>
    public static bool Serves(WorkerView worker, TenantId tenant) => worker.Tenants.IsDefaultOrEmpty || worker.Tenants.Contains(tenant);

    private async Task List(HttpContext context)
    {
        var query = new Query(context);
        var state = query.OneOf<WorkerState>("state");
        var environment = query.OneOf<TargetEnvironment>("environment");
        var (limit, cursor) = (query.Limit, query.Cursor);
        if (!await query.IsGood()) return;
        var tenant = Caller.Of(context).Actor.Tenant;
        await Paging.Answer(context, async () =>
        {
            var all = await grains.GetGrain<IWorkerDirectory>("all").List();
            var mine = all.Where(w => !w.InProcess && Serves(w, tenant) && (state is null || w.State == state) && (environment is null || w.Environments.Contains(environment.Value)));
            return Paging.Cut(mine, w => w.WorkerId.Value, limit, cursor);
        });
    }

    private async Task Get(HttpContext context)
    {
        if (await Find(context) is { } worker) await Answer.Json(context, StatusCodes.Status200OK, worker);
    }

    private Task Drain(HttpContext context) => Change(context, static (worker, actor, reason) => worker.Drain(actor, reason));

    private Task Undrain(HttpContext context) => Change(context, static (worker, actor, reason) => worker.Undrain(actor, reason));

    private async Task Change(HttpContext context, Func<IAgentWorker, Actor, string, Task<WorkerReply>> change)
    {
        var actor = Caller.ActorOf(context);
        using var body = await RequestBody.Object(context, optional: true);
        if (body is null) return;
        var key = IdempotencyKey.Read(context, body);
        var reason = body.Text("reason", MaxReason) ?? "";
        if (!await body.IsGood(context)) return;
        if (await Find(context) is not { } worker) return;
        var mark = key is null ? null : new IdempotencyMark(key, body.Digest(), $"POST {context.Request.Path}");
        await requests.Run(context, actor.Tenant, mark, lookFirst: true, async _ =>
        {
            var reply = await change(grains.GetGrain<IAgentWorker>(worker.WorkerId.Value), actor, reason);
            if (reply.Refusal is { } refusal) await ProblemAnswer.Write(context, refusal);
            else await requests.Answer(context, actor.Tenant, mark, StatusCodes.Status200OK, Answer.ToBytes(reply.View!));
            return true;
        });
    }

    private async ValueTask<WorkerView?> Find(HttpContext context)
    {
        var id = context.Request.RouteValues["id"] as string ?? "";
        if (WorkerNames.IsGood(id) && await grains.GetGrain<IAgentWorker>(id).View() is { } worker && Serves(worker, Caller.Of(context).Actor.Tenant)) return worker;
        await ProblemAnswer.Write(context, "not_found", "There is no such worker.");
        return null;
    }
}

/// <summary>What a worker may be called.</summary>
internal static class WorkerNames
{
    private const int MaxLength = 128;

    /// <summary>Letters, digits, dot, dash, underscore; 1 to 128 of them, a letter or digit first.</summary>
    public static bool IsGood(string name) =>
        name.Length is >= 1 and <= MaxLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
