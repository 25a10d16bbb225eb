using System.Data.Common;
using System.Diagnostics;
using Cavra.Actors.ApiHost.Health;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>
/// The outermost ring: every answer carries <c>traceparent</c>, every error without a body becomes a problem document, every exception becomes a
/// stated one. Nothing of an exception's text goes out.
/// </summary>
internal sealed partial class ProblemEdge(RequestDelegate next, ProcessMetrics metrics, ILogger<ProblemEdge> logger)
{
    /// <summary>Runs the request and counts its answer; a socket counts when it ends.</summary>
    public async Task Invoke(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        await Guarded(context);
        var status = context.Response.StatusCode;
        metrics.Answered(status, status == StatusCodes.Status101SwitchingProtocols ? TimeSpan.Zero : Stopwatch.GetElapsedTime(started));
    }

    private async Task Guarded(HttpContext context)
    {
        context.Response.Headers.TraceParent = RequestTrace.Of(context).Traceparent;
        try
        {
            await next(context);
            var response = context.Response;
            if (response.StatusCode >= 400 && !response.HasStarted && response.ContentType is null)
                await ProblemAnswer.Write(context, Problems.CodeOf(response.StatusCode), DetailOf(context));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer.
        }
        catch (BadHttpRequestException e)
        {
            await Answer(context, Problems.CodeOf(e.StatusCode), e.Message);
        }
        catch (Exception e) when (Outage.Is(e))
        {
            Unavailable(context.Request.Method, context.Request.Path, e.GetType().Name, e.Message);
            await Answer(context, "unavailable", "The service cannot answer at the moment. Try again shortly.");
        }
        catch (Exception e)
        {
            Failed(e, context.Request.Method, context.Request.Path, RequestTrace.Of(context).TraceId);
            await Answer(context, "internal_error", "The request failed here. The trace id finds it in the logs.");
        }
    }

    private static async Task Answer(HttpContext context, string code, string detail)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        var trace = context.Response.Headers.TraceParent;
        context.Response.Clear();
        context.Response.Headers.TraceParent = trace;
        await ProblemAnswer.Write(context, code, detail);
    }

    private static string DetailOf(HttpContext context) => context.Response.StatusCode switch
    {
        404 => "There is nothing at this address.",
        405 => $"{context.Request.Method} is not possible here; allowed: {context.Response.Headers.Allow}.",
        _ => Problems.TitleOf(Problems.CodeOf(context.Response.StatusCode)) + ".",
    };
}

/// <summary>Which exceptions mean that something needed is away for the moment, so that the caller may try again.</summary>
internal static class Outage
{
    /// <summary>Database, grain host, or an answer that did not come in time.</summary>
    public static bool Is(Exception e) => e is StoreUnavailableException or DbException or TimeoutException or OrleansException or System.Net.Sockets.SocketException || (e.InnerException is { } inner && Is(inner));
}
