using System.Diagnostics;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>The W3C trace of a request: the caller's when <c>traceparent</c> is well formed, else a new one. Answered in the header of the same name.</summary>
internal sealed class RequestTrace
{
    private RequestTrace(string traceId, string spanId, bool sampled)
    {
        TraceId = traceId;
        Traceparent = $"00-{traceId}-{spanId}-{(sampled ? "01" : "00")}";
    }

    /// <summary>32 hex digits.</summary>
    public string TraceId { get; }

    /// <summary>The header's value for whoever comes next.</summary>
    public string Traceparent { get; }

    /// <summary>The request's trace.</summary>
    public static RequestTrace Of(HttpContext context)
    {
        if (context.Features.Get<RequestTrace>() is { } known) return known;
        var made = Make(context);
        context.Features.Set(made);
        return made;
    }

    private static RequestTrace Make(HttpContext context)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
            return new RequestTrace(activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), activity.Recorded);
        var span = ActivitySpanId.CreateRandom().ToHexString();
        string? given = context.Request.Headers.TraceParent;
        return given is not null && ActivityContext.TryParse(given, null, out var parent)
            ? new RequestTrace(parent.TraceId.ToHexString(), span, parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
            : new RequestTrace(ActivityTraceId.CreateRandom().ToHexString(), span, sampled: true);
    }
}
