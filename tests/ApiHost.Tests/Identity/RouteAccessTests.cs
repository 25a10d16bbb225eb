using System.Text;
using System.Text.Json.Nodes;
using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.ApiHost.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.ApiHost.Tests.Identity;

/// <summary>Generated from the route table (hazard D01): a route without an entry here fails.</summary>
[Collection(ApiCollection.Name)]
public sealed class RouteAccessTests(ApiFixture fixture)
{
    private static readonly Dictionary<string, string?> Bodies = new()
    {
        ["POST /api/v1/executions"] = """{"ticket_id":"INC-D01","environment_profile":"dev-flex","runbook_id":"rb-none"}""",
        ["POST /api/v1/executions/preview"] = """{"ticket_id":"INC-D01","environment_profile":"dev-flex","runbook_id":"rb-none"}""",
        ["POST /api/v1/executions/{id}/approve"] = """{"step_number":1,"approved":true}""",
        ["POST /api/v1/executions/{id}/directive"] = """{"directive":"cancel","reason":"r"}""",
        ["POST /api/v1/executions/{id}/pause"] = """{"reason":"r"}""",
        ["POST /api/v1/executions/{id}/cancel"] = """{"reason":"r"}""",
        ["POST /api/v1/executions/{id}/rollback"] = """{"reason":"r"}""",
        ["GET /api/v1/executions"] = null,
        ["GET /api/v1/executions/{id}"] = null,
        ["GET /api/v1/executions/{id}/why"] = null,
        ["GET /api/v1/executions/{id}/events"] = null,
        ["GET /api/v1/executions/{id}/steps/{step}/output"] = null,
        ["GET /api/v1/approvals"] = null,
        ["GET /api/v1/workers"] = null,
        ["GET /api/v1/workers/{id}"] = null,
        ["POST /api/v1/workers/{id}/drain"] = """{"reason":"r"}""",
        ["POST /api/v1/workers/{id}/undrain"] = """{"reason":"r"}""",
        ["GET /api/v1/runbooks"] = null,
        ["GET /api/v1/runbooks/{id}"] = null,
        ["PUT /api/v1/runbooks/{id}"] = """{"runbook_id":"rb-x"}""",
        ["POST /api/v1/runbooks/validate"] = """{"runbook_id":"rb-x"}""",
        ["GET /api/v1/feature-flags"] = null,
        ["PUT /api/v1/feature-flags/{name}"] = """{"enabled":true}""",
        ["POST /api/v1/admin/backout"] = """{"reason":"r"}""",
        ["GET /api/v1/audit"] = null,
    };

    [Fact]
    public void D01_EveryRoute_HasItsAccess_AndIsTestedHere()
    {
        foreach (var endpoint in Endpoints()) endpoint.Metadata.GetMetadata<Access>().ShouldNotBeNull(endpoint.DisplayName);
        Guarded().Select(g => g.Route).ShouldBe(Bodies.Keys, ignoreOrder: true);
    }

    [Fact]
    public async Task D01_EveryRoute_WithoutToken_Is401()
    {
        foreach (var (route, _) in Guarded()) (await Call(null, route, "1")).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task D01_EveryRoute_WithARoleThatMayNot_Is403()
    {
        foreach (var (route, access) in Guarded())
        {
            foreach (var role in Roles.All.Except(access.AnyOf))
            {
                var answer = await Call(fixture.Host.Token("d01", "d01", role), route, "1");
                answer.Status.ShouldBe(403, $"{route} as {role}: {answer.Text}");
                answer.ShouldBeProblem(403, "forbidden");
            }
        }
    }

    [Fact]
    public async Task D01_EveryRoute_ForAnotherTenantsObject_AnswersAsForARandomId()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        var session = await tenant.Start("rb-harmless", "INC-D01");
        await using var worker = await tenant.Worker();
        foreach (var (route, access) in Guarded().Where(g => g.Route.Contains("{id}", StringComparison.Ordinal)))
        {
            if (route.StartsWith("PUT", StringComparison.Ordinal)) continue;
            var theirs = route.Contains("/workers/", StringComparison.Ordinal) ? worker.Id : route.Contains("/runbooks/", StringComparison.Ordinal) ? "rb-harmless" : $"{session}";
            foreach (var role in access.AnyOf)
            {
                var token = fixture.Host.Token("d01", "another", role);
                var foreign = await Call(token, route, theirs);
                var random = await Call(token, route, route.Contains("/executions/", StringComparison.Ordinal) ? "987654321" : "rb-random");
                foreign.Status.ShouldBe(404, $"{route} as {role}: {foreign.Text}");
                Less(foreign).ShouldBe(Less(random), $"{route} as {role}");
            }
        }
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("*")]
    [InlineData("1,2")]
    [InlineData("9223372036854775808")]
    [InlineData("1e3")]
    [InlineData("..%2f1")]
    public async Task D07_OddSessionIds_Are404(string id) =>
        (await fixture.Host.Client(fixture.Host.Token("d07", "d07", "viewer")).Get($"/api/v1/executions/{id}")).ShouldBeProblem(404, "not_found");

    private static string Less(ApiAnswer answer)
    {
        var json = JsonNode.Parse(answer.Text)!.AsObject();
        json.Remove("trace_id");
        return json.ToJsonString();
    }

    private Task<ApiAnswer> Call(string? token, string route, string id)
    {
        var (method, path) = (route.Split(' ')[0], route.Split(' ')[1]);
        path = path.Replace("{id}", id, StringComparison.Ordinal).Replace("{step}", "1", StringComparison.Ordinal).Replace("{name}", "worker_orchestration.enabled", StringComparison.Ordinal);
        var body = Bodies[route] is { } json ? new StringContent(json, Encoding.UTF8, "application/json") : null;
        return fixture.Host.Client(token).Send(new HttpMethod(method), path, body);
    }

    private IEnumerable<(string Route, Access Access)> Guarded() =>
        from endpoint in Endpoints()
        let access = endpoint.Metadata.GetMetadata<Access>()!
        where access is { IsOpen: false, IsAgent: false }
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
        select ($"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}", access);

    private IEnumerable<RouteEndpoint> Endpoints() => fixture.Host.Api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
}
