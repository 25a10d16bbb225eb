using System.Text;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Idempotency;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.ApiHost.Workers;
using Cavra.Actors.Identity;
using Cavra.Actors.Operations;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.ApiHost.Operations;

/// <summary>
/// <c>POST /api/v1/admin/backout</c> (spec 8.3), for the caller's tenant: flag off, queue emptied, live sessions cancelled (or with <c>mode: drain</c> let finish),
/// workers draining. Safe to repeat: what is done stays done.
/// </summary>
internal sealed class Backout(IGrainFactory grains, ISessionReader sessions, IdempotentRequests requests)
{
    private const int Page = 200;
    private static readonly SessionState[] Queue = [SessionState.Queued, SessionState.AssigningWorker];
    private static readonly SessionState[] Running = [SessionState.WaitingForApproval, SessionState.Executing, SessionState.Paused, SessionState.Rollback];

    /// <summary>Maps the route.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGroup("/api/v1/admin").WithMetadata(Access.Admin).Post("/backout", Handle, new RouteDoc("Back out of worker orchestration")
        {
            Body = [new("reason", "Why", Required: true), new("mode", "cancel ends live sessions, drain lets them finish; cancel when absent", false, Field.OneOf("cancel, drain"))],
            BodyExample = """{"reason":"faulty worker release"}""",
            AnswerExample = """{"cancelled":3,"draining_workers":2,"drained_queue":1}""",
            Idempotent = true,
        });

    private async Task Handle(HttpContext context)
    {
        var actor = Caller.ActorOf(context);
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        var key = IdempotencyKey.Read(context, body);
        var reason = body.Text("reason", 2000, required: true) ?? "";
        var mode = body.Text("mode", 16) ?? "cancel";
        if (mode is not ("cancel" or "drain")) body.Fail("mode", "must be one of cancel, drain");
        if (!await body.IsGood(context)) return;
        var mark = key is null ? null : new IdempotencyMark(key, body.Digest(), "POST /api/v1/admin/backout");
        await requests.Run(context, actor.Tenant, mark, lookFirst: true, async _ =>
        {
            var trace = RequestTrace.Of(context).TraceId;
            var flag = await grains.GetGrain<IFeatureFlags>("all").Set(actor, FeatureFlagNames.WorkerOrchestration, false, false, reason, trace);
            if (flag.Refusal is { } refusal)
            {
                await ProblemAnswer.Write(context, refusal);
                return true;
            }

            var workers = await DrainWorkers(actor, reason);
            var queued = await Cancel(actor, Queue, reason, trace, context.RequestAborted);
            var running = mode == "cancel" ? await Cancel(actor, Running, reason, trace, context.RequestAborted) : 0;
            var answer = $$"""{"cancelled":{{queued + running}},"draining_workers":{{workers}},"drained_queue":{{queued}}}""";
            await requests.Answer(context, actor.Tenant, mark, StatusCodes.Status200OK, Encoding.UTF8.GetBytes(answer));
            return true;
        });
    }

    private async Task<int> DrainWorkers(Actor actor, string reason)
    {
        var draining = 0;
        foreach (var worker in await grains.GetGrain<IWorkerDirectory>("all").List())
        {
            if (worker.InProcess || worker.State == WorkerState.Offline || !WorkerRoutes.Serves(worker, actor.Tenant)) continue;
            var reply = await grains.GetGrain<IAgentWorker>(worker.WorkerId.Value).Drain(actor, reason);
            if (reply.Refusal is null) draining++;
        }

        return draining;
    }

    private async Task<int> Cancel(Actor actor, SessionState[] states, string reason, string trace, CancellationToken cancellation)
    {
        var cancelled = 0;
        foreach (var state in states)
        {
            string? cursor = null;
            do
            {
                var page = await sessions.List(actor.Tenant, new SessionFilter { State = state, Limit = Page, Cursor = cursor }, cancellation);
                foreach (var session in page.Items)
                {
                    var reply = await grains.GetGrain<IExecutionSession>(session.SessionId.Value).Execute(new CancelSession(reason, Backout: true) { Actor = actor, TraceId = trace });
                    if (reply.Refusal is null) cancelled++;
                }

                cursor = page.NextCursor;
            }
            while (cursor is not null);
        }

        return cancelled;
    }
}
