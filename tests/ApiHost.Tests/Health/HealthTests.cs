using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.ApiHost.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.ApiHost.Tests.Health;

[Collection(ApiCollection.Name)]
public sealed class HealthTests(ApiFixture fixture)
{
    private readonly ApiClient _anybody = fixture.Host.Client(null);

    [Fact]
    public async Task HealthAndReadiness_AreOpenAndGood()
    {
        (await _anybody.Get("/healthz")).Status.ShouldBe(200);
        var ready = await _anybody.Get("/readyz");
        ready.Status.ShouldBe(200, ready.Text);
        ready["checks"].GetProperty("database").GetString().ShouldBe("ok");
        ready["checks"].GetProperty("runtime").GetString().ShouldBe("ok");
    }

    [Fact]
    public async Task Metrics_ArePrometheusText()
    {
        (await _anybody.Get("/nowhere")).Status.ShouldBe(404);
        var metrics = await _anybody.Get("/metrics");
        metrics.Status.ShouldBe(200);
        metrics.Type.ShouldBe("text/plain");
        metrics.Text.ShouldContain("\nwebsocket_active_sessions ");
        metrics.Text.ShouldMatch("\nhttp_requests_total\\{status=\"404\"\\} [1-9]");
        foreach (var line in metrics.Text.TrimEnd('\n').Split('\n')) line.ShouldMatch(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+=""[^""]*""\})? [0-9.E+-]+)$");
    }

    [Fact]
    public async Task OpenApi_HoldsEveryRoute_WithExamples()
    {
        var document = await _anybody.Get("/openapi/v1.json");
        document.Status.ShouldBe(200);
        document["openapi"].GetString().ShouldBe("3.1.0");
        foreach (var endpoint in fixture.Host.Api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var doc = endpoint.Metadata.GetMetadata<RouteDoc>().ShouldNotBeNull(endpoint.DisplayName);
            var path = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods)
            {
                var operation = document["paths"].GetProperty(path).GetProperty(method.ToLowerInvariant());
                operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty();
                var good = operation.GetProperty("responses").GetProperty($"{doc.Status}");
                if (doc.AnswerType == "application/json" && doc.Status != 101) good.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out _).ShouldBeTrue($"{method} {path}");
                if (doc.Body is not null) operation.TryGetProperty("requestBody", out _).ShouldBeTrue($"{method} {path}");
            }
        }

        var session = document["components"].GetProperty("schemas").GetProperty("SessionView").GetProperty("properties");
        session.GetProperty("session_id").GetProperty("type").GetString().ShouldBe("integer");
        session.GetProperty("created_at").GetProperty("format").GetString().ShouldBe("date-time");
    }
}
