using System.Text;
using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary><c>POST /api/v1/agent/{worker_id}/complete-step</c>: a result outside the channel, e.g. after a long outage. Same checks, same fence.</summary>
internal sealed class CompleteStep(IGrainFactory grains)
{
    /// <summary>Answers <c>{accepted, duplicate}</c>.</summary>
    public async Task Handle(HttpContext context)
    {
        var identity = AgentIdentity.Of(context);
        if (!await identity.IsOwn(context, context.Request.RouteValues["worker_id"] as string)) return;
        using var body = await RequestBody.Object(context);
        if (body is null) return;
        StepResultFrame frame;
        try
        {
            frame = (StepResultFrame)FrameCheck.WithDefaults(body.Root.Deserialize(Wire<StepResultFrame>.Info)!);
        }
        catch (JsonException e)
        {
            await ProblemAnswer.Invalid(context, e.Path is { Length: > 2 } path ? path[2..] : "body", "is missing or not of the right form: " + FrameCheck.Plain(e));
            return;
        }

        if (FrameCheck.Problem(frame) is { } problem)
        {
            await ProblemAnswer.Invalid(context, "body", problem);
            return;
        }

        var receipts = await grains.GetGrain<IExecutionSession>(frame.SessionId.Value).Report(identity.Worker, [(SessionFrame)FrameCheck.Clean(frame)]);
        var receipt = receipts[0];
        if (!receipt.Accepted) await ProblemAnswer.Write(context, receipt.Code ?? "stale_assignment", "The result was refused; the assignment is not the session's current one.");
        else await Answer.Bytes(context, StatusCodes.Status200OK, "application/json", Encoding.UTF8.GetBytes($$"""{"accepted":true,"duplicate":{{(receipt.Duplicate ? "true" : "false")}}}"""));
    }
}
