using System.Globalization;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary>Reading sessions: list, one (also <c>at</c> an event), why it waits, a step's output.</summary>
internal sealed class ReadExecutions(IGrainFactory grains, ISessionReader reader, OwnSession own)
{
    private const int DefaultOutput = 1 << 20;
    private const int MaxOutput = 4 << 20;

    /// <summary><c>GET /api/v1/executions</c>.</summary>
    public async Task List(HttpContext context)
    {
        var query = new Query(context);
        var filter = new SessionFilter
        {
            State = query.OneOf<SessionState>("state"),
            TicketId = query.Text("ticket_id"),
            Environment = query.OneOf<TargetEnvironment>("environment"),
            WorkerId = query.Text("worker_id") is { } worker ? new WorkerId(worker) : null,
            RequestedBy = query.Text("requested_by"),
            Since = query.Moment("since"),
            Limit = query.Limit,
            Cursor = query.Cursor,
        };
        if (!await query.IsGood()) return;
        await Paging.Answer(context, () => reader.List(Caller.Of(context).Actor.Tenant, filter, context.RequestAborted));
    }

    /// <summary><c>GET /api/v1/executions/{id}</c>.</summary>
    public async Task Get(HttpContext context)
    {
        var query = new Query(context);
        var at = query.Number("at", null, 0, long.MaxValue);
        if (!await query.IsGood()) return;
        if (at is not null)
        {
            if (await own.Head(context) is not { } head) return;
            var past = await reader.ViewAt(head.TenantId, head.SessionId, at.Value, context.RequestAborted);
            if (past is null) await ProblemAnswer.Write(context, "no_such_event", $"The session has events 1 to {head.LastEventSeq}.");
            else await Answer.Json(context, StatusCodes.Status200OK, await own.WithOutputs(past, context.RequestAborted));
            return;
        }

        if (await own.View(context) is not { } view) return;
        await Answer.Json(context, StatusCodes.Status200OK, await own.WithOutputs(view, context.RequestAborted));
    }

    /// <summary><c>GET .../why</c>.</summary>
    public async Task Why(HttpContext context)
    {
        if (await OwnSession.Number(context) is not { } id) return;
        var why = await grains.GetGrain<IExecutionSession>(id.Value).Why();
        if (why is null || why.TenantId != Caller.Of(context).Actor.Tenant) await OwnSession.Missing(context);
        else await Answer.Json(context, StatusCodes.Status200OK, why);
    }

    /// <summary><c>GET .../steps/{n}/output</c>: bytes of redacted text; <c>Content-Range</c> says which of how many.</summary>
    public async Task Output(HttpContext context)
    {
        var query = new Query(context);
        var stream = query.Text("stream") ?? "all";
        if (stream is not ("stdout" or "stderr" or "all")) query.Fail<string>("stream", "must be stdout, stderr or all");
        var offset = query.Number("offset", 0, 0, long.MaxValue)!.Value;
        var limit = (int)query.Number("limit", DefaultOutput, 1, MaxOutput)!.Value;
        if (!await query.IsGood()) return;
        if (await own.View(context) is not { } view) return;
        if (!int.TryParse(context.Request.RouteValues["step"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var step) || step < 1 || step > view.Steps.Length)
        {
            await ProblemAnswer.Write(context, "no_such_step", $"The session has steps 1 to {view.Steps.Length}.");
            return;
        }

        var slice = await reader.Output(view.TenantId, view.SessionId, step, stream, offset, limit, context.RequestAborted);
        context.Response.Headers["X-Output-Offset"] = slice.Offset.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["X-Output-Total"] = slice.Total.ToString(CultureInfo.InvariantCulture);
        if (slice.Bytes.Length > 0) context.Response.Headers.ContentRange = $"bytes {slice.Offset}-{slice.Offset + slice.Bytes.Length - 1}/{slice.Total}";
        await Answer.Bytes(context, StatusCodes.Status200OK, "text/plain; charset=utf-8", slice.Bytes);
    }
}
