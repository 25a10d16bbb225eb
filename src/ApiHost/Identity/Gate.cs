using System.Globalization;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Http;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>
/// Stands before every route: port, token, request budget, role, in this order. What a route asks for is its <see cref="Access"/>; a route that has none
/// is refused.
/// </summary>
internal sealed class Gate(RequestDelegate next, Authenticator authenticator)
{
    /// <summary>Whether a path belongs to the agent port.</summary>
    public static bool IsAgentPath(PathString path) => path.StartsWithSegments("/api/v1/agent", StringComparison.Ordinal) || path.StartsWithSegments("/ws/agents", StringComparison.Ordinal);

    /// <summary>Lets the request pass, or answers.</summary>
    public async Task Invoke(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint is null || IsAgentPath(context.Request.Path) != AgentPort.Is(context))
        {
            await ProblemAnswer.Write(context, "not_found", "There is nothing at this address.");
            return;
        }

        var access = endpoint.Metadata.GetMetadata<Access>();
        if (access is null && endpoint is RouteEndpoint)
        {
            await ProblemAnswer.Write(context, "forbidden", "Nobody may use this address.");
            return;
        }

        // Without an Access and without a route it is the framework's own 405.
        if (access is null or { IsOpen: true } or { IsAgent: true })
        {
            await next(context);
            return;
        }

        var caller = await authenticator.Authenticate(Authenticator.Bearer(context.Request), context.RequestAborted);
        if (caller is null)
        {
            await ProblemAnswer.Write(context, "unauthorized", "Send a valid token: Authorization: Bearer <JWT>.");
            return;
        }

        if (!caller.Budget.TryTake(out var seconds))
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            await ProblemAnswer.Write(context, "rate_limited", "This subject sends more requests than it may.");
            return;
        }

        if (!access.Allows(caller.Actor))
        {
            await ProblemAnswer.Write(context, "forbidden", "This needs one of the roles: " + string.Join(", ", access.AnyOf) + ".");
            return;
        }

        context.Features.Set(caller);
        await next(context);
    }
}
