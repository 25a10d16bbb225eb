using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Idempotency;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Operations;
using Cavra.Actors.Queries;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary><c>POST /api/v1/executions</c>: plan, number, session, in this order; the session's own commit makes it real.</summary>
internal sealed class CreateExecution(IGrainFactory grains, ISessionIds ids, IdempotentRequests requests)
{
    private const string Route = "POST /api/v1/executions";

    /// <summary>Answers 201 with the session, or a refusal by which nothing was made.</summary>
    public async Task Handle(HttpContext context)
    {
        var actor = Caller.ActorOf(context);
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        var request = PlanFields.Read(body, actor);
        var key = IdempotencyKey.Read(context, body, alsoField: true);
        if (!await body.IsGood(context)) return;
        if (key is null)
        {
            await Create(context, request, null, answerRefusal: true);
            return;
        }

        var mark = new IdempotencyMark(key, body.Digest(), Route);
        await requests.Run(context, actor.Tenant, mark, lookFirst: false, answerRefusal => Create(context, request, mark, answerRefusal));
    }

    // False, with nothing answered, when it was refused under a key: the key may have been used before, and then the first answer counts.
    private async Task<bool> Create(HttpContext context, PlanRequest request, IdempotencyMark? mark, bool answerRefusal)
    {
        var tenant = request.Actor.Tenant;
        var planned = await grains.GetGrain<IRunbookCatalog>(tenant.Value).Plan(request);
        if (planned.Problems.Length > 0 || planned.Plan is null)
        {
            if (answerRefusal) await ProblemAnswer.Write(context, planned.Problems[0]);
            return answerRefusal;
        }

        var useWorkers = await grains.GetGrain<IFeatureFlags>("all").IsEnabled(FeatureFlagNames.WorkerOrchestration, tenant);
        var id = await ids.Next(context.RequestAborted);
        var reply = await grains.GetGrain<IExecutionSession>(id.Value).Execute(new CreateSession
        {
            Actor = request.Actor,
            TicketId = request.TicketId,
            Plan = planned.Plan,
            UseWorkers = useWorkers,
            TraceId = RequestTrace.Of(context).TraceId,
            Idempotency = mark,
        });
        if (reply.Refusal is null && !reply.Replayed && reply.View is { } view)
        {
            context.Response.Headers.Location = $"/api/v1/executions/{id}";
            if (PreferredWait.Of(context) is { } wait) view = await grains.GetGrain<IExecutionSession>(id.Value).AwaitEnd(wait) ?? view;
            await Answer.Json(context, StatusCodes.Status201Created, view);
            return true;
        }

        if (answerRefusal) await ProblemAnswer.Write(context, reply.Refusal ?? throw new InvalidOperationException($"session {id} answered a creation with neither view nor refusal"));
        return answerRefusal;
    }
}
