using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.OpenApi;

namespace Cavra.Actors.ApiHost.Health;

/// <summary><c>/healthz</c> (the process answers), <c>/readyz</c> (database and runtime answer) and <c>/metrics</c>.</summary>
internal sealed class HealthRoutes(Readiness readiness, ProcessMetrics metrics, ApiSettings settings)
{
    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").WithMetadata(Access.Open);
        open.Get("/healthz", context => Answer.Json(context, 200, json =>
        {
            json.WriteStartObject();
            json.WriteString("status", "ok");
            json.WriteEndObject();
        }), new RouteDoc("Whether the process lives") { AnswerExample = """{"status":"ok"}""" });
        open.Get("/readyz", Ready, new RouteDoc("Whether database and grain runtime answer") { AnswerExample = """{"status":"ready","checks":{"database":"ok","runtime":"ok"}}""", Codes = ["unavailable"] });
        open.Get("/metrics", Metrics, new RouteDoc("Prometheus metrics") { AnswerType = "text/plain" });
    }

    private async Task Ready(HttpContext context)
    {
        var checks = await readiness.Check(context.RequestAborted);
        var ready = checks.All(c => c.Failure is null);
        if (!ready) context.Response.Headers.RetryAfter = "2";
        await Answer.Raw(context, ready ? 200 : 503, ready ? "application/json" : "application/problem+json", json =>
        {
            json.WriteStartObject();
            if (!ready)
            {
                json.WriteString("type", "urn:cavra:problem:unavailable");
                json.WriteString("title", Problems.TitleOf("unavailable"));
                json.WriteNumber("status", 503);
                json.WriteString("detail", string.Join("; ", checks.Where(c => c.Failure is not null).Select(c => $"{c.Name}: {c.Failure}")));
                json.WriteString("code", "unavailable");
                json.WriteString("trace_id", RequestTrace.Of(context).TraceId);
            }

            if (ready) json.WriteString("status", "ready");
            json.WriteStartObject("checks");
            foreach (var check in checks) json.WriteString(check.Name, check.Failure ?? "ok");
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private Task Metrics(HttpContext context)
    {
        // With an address of their own the metrics are nowhere else.
        if (settings.MetricsAddress is { } only && context.Connection.LocalPort != only.Port)
            return ProblemAnswer.Write(context, "not_found", "There is nothing at this address.");
        return Answer.Bytes(context, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.Render());
    }
}
