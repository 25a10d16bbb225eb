using System.Globalization;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary>The session that a request's path names, if it is the caller's tenant's. Another tenant's is answered as one that does not exist.</summary>
internal sealed class OwnSession(IGrainFactory grains, ISessionReader reader)
{
    private const string None = "There is no such session.";

    /// <summary>The number in the path; null, with 404 answered, when it is none.</summary>
    public static async ValueTask<SessionId?> Number(HttpContext context)
    {
        if (context.Request.RouteValues["id"] is string text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0) return new SessionId(number);
        await Missing(context);
        return null;
    }

    /// <summary>The session as it is; null with 404 answered.</summary>
    public async ValueTask<SessionView?> View(HttpContext context)
    {
        if (await Number(context) is not { } id) return null;
        var view = await grains.GetGrain<IExecutionSession>(id.Value).View();
        if (view is not null && view.TenantId == Caller.Of(context).Actor.Tenant) return view;
        await Missing(context);
        return null;
    }

    /// <summary>The session's head from the tables; null with 404 answered.</summary>
    public async ValueTask<SessionHead?> Head(HttpContext context)
    {
        if (await Number(context) is not { } id) return null;
        var head = await reader.Head(Caller.Of(context).Actor.Tenant, id, context.RequestAborted);
        if (head is null) await Missing(context);
        return head;
    }

    /// <summary>The view with the ends of outputs as they were at its last event, when any step has run.</summary>
    public async ValueTask<SessionView> WithOutputs(SessionView view, CancellationToken cancellation)
    {
        foreach (var step in view.Steps)
        {
            if (step.Attempt > 0 || step.StartedAt is not null) return view with { Outputs = await reader.OutputTails(view.TenantId, view.SessionId, view.LastEventSeq, cancellation) };
        }

        return view;
    }

    /// <summary>Answers that there is no such session.</summary>
    public static Task Missing(HttpContext context) => ProblemAnswer.Write(context, "not_found", None);
}
