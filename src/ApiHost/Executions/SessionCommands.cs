using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Idempotency;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary>The commands on a session: approve, directive, pause, cancel, rollback. Each answers the session afterwards.</summary>
internal sealed class SessionCommands(IGrainFactory grains, OwnSession own, IdempotentRequests requests)
{
    private const int MaxReason = 2000;
    private const int MaxSteps = 10_000;

    /// <summary><c>POST .../approve</c>.</summary>
    public Task Approve(HttpContext context) => Run(context, StatusCodes.Status200OK, (body, actor, mark, trace) => new DecideStep
    {
        Actor = actor,
        Idempotency = mark,
        TraceId = trace,
        StepNumber = body.Integer("step_number", 1, MaxSteps, required: true) ?? 0,
        Approved = body.Flag("approved", required: true) ?? false,
        Notes = body.Text("notes", MaxReason),
        ApproverRole = body.Name("approver_role", 200),
        ApprovalId = body.Name("approval_id", 200) is { } id ? new ApprovalId(id) : null,
        Digest = body.Name("digest", 200),
    });

    /// <summary><c>POST .../directive</c>.</summary>
    public Task Direct(HttpContext context) => Run(context, StatusCodes.Status200OK, (body, actor, mark, trace) =>
        new GiveDirective(body.OneOf<DirectiveKind>("directive", required: true) ?? default, Reason(body)) { Actor = actor, Idempotency = mark, TraceId = trace });

    /// <summary><c>POST .../pause</c>.</summary>
    public Task Pause(HttpContext context) =>
        Run(context, StatusCodes.Status200OK, (body, actor, mark, trace) => new PauseSession(Reason(body)) { Actor = actor, Idempotency = mark, TraceId = trace });

    /// <summary><c>POST .../cancel</c>.</summary>
    public Task Cancel(HttpContext context) =>
        Run(context, StatusCodes.Status200OK, (body, actor, mark, trace) => new CancelSession(Reason(body)) { Actor = actor, Idempotency = mark, TraceId = trace });

    /// <summary><c>POST .../rollback</c>: 202, for its commands run afterwards.</summary>
    public Task RollBack(HttpContext context) => Run(context, StatusCodes.Status202Accepted, (body, actor, mark, trace) =>
        new RollBackSession(body.Integer("step_number", 1, MaxSteps), Reason(body)) { Actor = actor, Idempotency = mark, TraceId = trace });

    private static string Reason(JsonBody body) => body.Text("reason", MaxReason, required: true) ?? "";

    private async Task Run(HttpContext context, int status, Func<JsonBody, Actor, IdempotencyMark?, string, SessionCommand> read)
    {
        var actor = Caller.ActorOf(context);
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        var key = IdempotencyKey.Read(context, body);
        var mark = key is null ? null : new IdempotencyMark(key, body.Digest(), $"POST {context.Request.Path}");
        var command = read(body, actor, mark, RequestTrace.Of(context).TraceId);
        if (!await body.IsGood(context)) return;
        // The tenant wall stands here too, before the session is asked to do anything.
        if (await own.View(context) is not { } before) return;
        await requests.Run(context, actor.Tenant, mark, lookFirst: true, async answerRefusal =>
        {
            var reply = await grains.GetGrain<IExecutionSession>(before.SessionId.Value).Execute(command);
            if (reply.Refusal is null && !reply.Replayed && reply.View is { } view)
            {
                await Answer.Json(context, status, await own.WithOutputs(view, context.RequestAborted));
                return true;
            }

            if (answerRefusal) await (reply.Refusal is { } refusal ? ProblemAnswer.Write(context, refusal) : OwnSession.Missing(context));
            return answerRefusal;
        });
    }
}
