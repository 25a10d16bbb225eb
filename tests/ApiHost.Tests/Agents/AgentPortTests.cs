using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cavra.Actors.ApiHost.Tests.Support;
using Cavra.Actors.Installation;

namespace Cavra.Actors.ApiHost.Tests.Agents;

[Collection(ApiCollection.Name)]
public sealed class AgentPortTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/agent";

    [Fact]
    public async Task Register_AnswersTimingAndChannel_AgainUpdates()
    {
        var tenant = fixture.NewTenant();
        using var http = TestWorker.Client(fixture.Host, "reg-1", tenant.Name);
        var client = new ApiClient(http);
        var answer = await client.Post($"{Path}/register", TestWorker.Registration());
        answer.Status.ShouldBe(200, answer.Text);
        answer["worker_id"].GetString().ShouldBe("reg-1");
        answer["heartbeat_interval_s"].GetInt32().ShouldBe(15);
        answer["offline_after_s"].GetInt32().ShouldBe(45);
        answer["channel"].GetString().ShouldBe("/ws/agents/reg-1");
        (await client.Post($"{Path}/register", new { capabilities = new[] { "shell", "more" }, network_segment = "dmz", environments = new[] { "dev" }, worker_id = "reg-1" })).Status.ShouldBe(200);
        (await tenant.Viewer.Get("/api/v1/workers/reg-1"))["network_segment"].GetString().ShouldBe("dmz");
    }

    [Theory]
    [InlineData("""{"network_segment":"x","environments":["dev"]}""", "capabilities")]
    [InlineData("""{"capabilities":"shell","network_segment":"x","environments":["dev"]}""", "capabilities")]
    [InlineData("""{"capabilities":[1],"network_segment":"x","environments":["dev"]}""", "capabilities")]
    [InlineData("""{"capabilities":[],"network_segment":"x","environments":["moon"]}""", "environments")]
    [InlineData("""{"capabilities":[],"environments":["dev"]}""", "network_segment")]
    [InlineData("""{"capabilities":[],"network_segment":"x","environments":["dev"],"max_concurrency":0}""", "max_concurrency")]
    [InlineData("""{"capabilities":[],"network_segment":"x","environments":["dev"],"labels":{"a":1}}""", "labels")]
    [InlineData("""{"capabilities":[],"network_segment":"x","environments":["dev"],"in_process":true}""", "in_process")]
    public async Task RegisterWithAWrongField_Is400(string body, string field)
    {
        using var http = TestWorker.Client(fixture.Host, "reg-2", "demo");
        (await new ApiClient(http).PostRaw($"{Path}/register", body)).ShouldName(field);
    }

    [Fact]
    public async Task D03_NamingAnotherWorker_Is403Everywhere()
    {
        var tenant = fixture.NewTenant();
        await using var victim = await tenant.Worker("victim-1");
        await using var worker = await tenant.Worker("rogue-1");
        var rogue = worker.Http;
        (await rogue.Post($"{Path}/register", new { capabilities = Array.Empty<string>(), network_segment = "x", environments = new[] { "dev" }, worker_id = "victim-1" })).ShouldBeProblem(403, "worker_mismatch");
        (await rogue.Post($"{Path}/heartbeat", new { current_load = 0, worker_id = "victim-1" })).ShouldBeProblem(403, "worker_mismatch");
        (await rogue.Post($"{Path}/victim-1/complete-step", new { })).ShouldBeProblem(403, "worker_mismatch");
        (await rogue.Post($"{Path}/victim-1/drain", null)).ShouldBeProblem(403, "worker_mismatch");
        (await rogue.Delete($"{Path}/victim-1")).ShouldBeProblem(403, "worker_mismatch");
        (await rogue.Get("/ws/agents/victim-1")).ShouldBeProblem(403, "worker_mismatch");
        (await tenant.Viewer.Get("/api/v1/workers/victim-1"))["state"].GetString().ShouldBe("idle");
    }

    [Fact]
    public async Task B07_SameNameWithAnotherKey_IsRefused()
    {
        var tenant = fixture.NewTenant();
        await using var first = await tenant.Worker("twice-1");
        using var http = TestWorker.Client(fixture.Host, "twice-1", tenant.Name);
        (await new ApiClient(http).Post($"{Path}/register", TestWorker.Registration())).ShouldBeProblem(403, "worker_mismatch");
    }

    [Fact]
    public async Task Heartbeat_OfAnUnknownWorker_Is404_OfAKnownOne_NamesWhatToStop()
    {
        using var http = TestWorker.Client(fixture.Host, "beat-none", "demo");
        (await new ApiClient(http).Post($"{Path}/heartbeat", new { current_load = 0 })).ShouldBeProblem(404, "worker_not_registered");
        (await new ApiClient(http).Post($"{Path}/beat-none/drain", null)).ShouldBeProblem(404, "worker_not_registered");
        (await new ApiClient(http).Get("/ws/agents/beat-none")).Status.ShouldBe(400);
        await using var worker = await fixture.NewTenant().Worker();
        var answer = await worker.Http.Post($"{Path}/heartbeat", new { current_load = 1, state = "executing", sessions = new[] { new { session_id = 424242, assignment_id = "asg-424242-1" } } });
        answer.Status.ShouldBe(200, answer.Text);
        answer["state"].GetString().ShouldNotBeNullOrEmpty();
        answer["revoked"].EnumerateArray().Select(r => r.GetString()).ShouldBe(["asg-424242-1"]);
        (await worker.Http.Post($"{Path}/heartbeat", new { })).ShouldName("current_load");
        (await worker.Http.Post($"{Path}/heartbeat", new { current_load = 0, sessions = new[] { 1 } })).ShouldName("sessions");
    }

    [Fact]
    public async Task A06_CompleteStep_IsTakenOnce_StaleIs409()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook(2);
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-harmless");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        var address = $"{Path}/{worker.Id}/complete-step";
        var result = TestWorker.Result(command);
        var first = await worker.Http.PostRaw(address, result.ToJsonString());
        first.Status.ShouldBe(200, first.Text);
        first["accepted"].GetBoolean().ShouldBeTrue();
        first["duplicate"].GetBoolean().ShouldBeFalse();
        var again = await worker.Http.PostRaw(address, result.ToJsonString());
        again["duplicate"].GetBoolean().ShouldBeTrue(again.Text);
        var stale = TestWorker.Result(command);
        stale["assignment_id"] = "asg-1-999";
        (await worker.Http.PostRaw(address, stale.ToJsonString())).ShouldBeProblem(409, "stale_assignment");
        await worker.Finish(await worker.Next("session.command"));
        await tenant.Viewer.Until(id, "completed");
        (await worker.Http.PostRaw(address, result.ToJsonString()))["duplicate"].GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task D03_CompleteStepOfAnotherWorkersSession_IsRefused()
    {
        var tenant = fixture.NewTenant();
        await tenant.HarmlessRunbook();
        await using var worker = await tenant.Worker("owner-1");
        await tenant.Start("rb-harmless");
        await worker.TakeAssignment();
        var command = await worker.Next("session.command");
        await using var rogue = await tenant.Worker("rogue-2");
        (await rogue.Http.PostRaw($"{Path}/rogue-2/complete-step", TestWorker.Result(command).ToJsonString())).ShouldBeProblem(409, "stale_assignment");
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"session_id":1,"assignment_id":"a","step_number":1,"attempt":1}""")]
    [InlineData("""{"session_id":1,"assignment_id":"a","step_number":1,"attempt":1,"status":"fine"}""")]
    [InlineData("""{"session_id":-1,"assignment_id":"a","step_number":1,"attempt":1,"status":"failed"}""")]
    [InlineData("""{"session_id":1,"assignment_id":"a","step_number":0,"attempt":1,"status":"failed"}""")]
    [InlineData("""{"session_id":"1","assignment_id":"a","step_number":1,"attempt":1,"status":"failed"}""")]
    public async Task CompleteStepWithAWrongBody_Is400(string body)
    {
        using var http = TestWorker.Client(fixture.Host, "wrong-1", "demo");
        (await new ApiClient(http).PostRaw($"{Path}/wrong-1/complete-step", body)).ShouldBeProblem(400, "validation_failed");
    }

    [Fact]
    public async Task B09_DrainThenLeave_LeaveWithSessionsIs409()
    {
        var tenant = fixture.NewTenant();
        await tenant.GatedRunbook();
        await using var worker = await tenant.Worker();
        var id = await tenant.Start("rb-gated");
        await worker.TakeAssignment();
        await tenant.Viewer.Until(id, "waiting_for_approval");
        (await worker.Http.Post($"{Path}/{worker.Id}/drain", null))["state"].GetString().ShouldBe("draining");
        (await worker.Http.Delete($"{Path}/{worker.Id}")).ShouldBeProblem(409, "worker_has_sessions");
        await tenant.Operator.Post($"/api/v1/executions/{id}/cancel", new { reason = "r" });
        await worker.Next("session.cancel");
    }

    [Fact]
    public async Task D02_UserRoutes_AreNotOnTheAgentPort()
    {
        using var http = TestWorker.Client(fixture.Host, "routes-1", "demo");
        http.DefaultRequestHeaders.Authorization = new("Bearer", fixture.Host.Token("otto", "demo", "operator", "admin"));
        foreach (var path in new[] { "/api/v1/executions", "/api/v1/workers", "/healthz", "/readyz", "/metrics", "/openapi/v1.json", "/ws/executions/1", "/" })
            (await new ApiClient(http).Get(path)).ShouldBeProblem(404, "not_found");
    }

    [Fact]
    public async Task D02_NoCertificateOrAnotherCas_FailsTheHandshake()
    {
        using var none = new HttpClient(new SocketsHttpHandler { SslOptions = TestWorker.TlsOf(fixture.Host, null) }) { BaseAddress = fixture.Host.AgentAddress };
        await Should.ThrowAsync<HttpRequestException>(() => none.GetAsync(new Uri($"{Path}/heartbeat", UriKind.Relative)));
        foreach (var issued in new[] { Foreign(), Expired(), fixture.Host.Authority.IssueServer(["local-1"], DateTimeOffset.UtcNow) })
        {
            using var http = new HttpClient(new SocketsHttpHandler { SslOptions = TestWorker.TlsOf(fixture.Host, issued) }) { BaseAddress = fixture.Host.AgentAddress };
            await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(new Uri($"{Path}/heartbeat", UriKind.Relative)));
        }
    }

    // The same names, signed by somebody else.
    private static IssuedCertificate Foreign()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=*, CN=local-1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return new IssuedCertificate(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private IssuedCertificate Expired()
    {
        using var authority = X509Certificate2.CreateFromPemFile(fixture.Host.Data.WorkerAuthorityCertificate, fixture.Host.Data.WorkerAuthorityKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=*, CN=local-1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(authority, new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotBefore).AddSeconds(1), [1, 2, 3, 4]);
        return new IssuedCertificate(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
