using System.Security.Cryptography.X509Certificates;
using Cavra.Actors.Cli.Tests.StandIn;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Tests.Workers;

public sealed class WorkerCommandTests
{
    private const string Worker = """
        {"worker_id":"w 1","state":"draining","reason":"maintenance","capabilities":["shell","ssh"],"environments":["dev","prod"],"network_segment":"local","max_concurrency":4,"current_load":1,
         "sessions":[7],"last_heartbeat_at":"2026-01-02T03:04:05.678Z","registered_at":"2026-01-02T03:04:05.678Z","version":"0.1.0","transport":"websocket","sandbox":["dev-flex"],"assignments":[{"assignment_id":"asg-7-1","session_id":7,"running":true}]}
        """;

    [Fact]
    public async Task List_Workers_ShowsLoadAndCapabilities()
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/workers", $$"""{"items":[{{Worker}}],"next_cursor":null}""");
        using var cli = new CliRun(api);

        (await cli.RunAsync("worker", "list", "--state", "draining")).ShouldBe(0, cli.Error);

        api.Requests.Single().Path.ShouldBe("/api/v1/workers?limit=200&state=draining");
        cli.Out.ShouldContain("1/4");
        cli.Out.ShouldContain("shell, ssh");
    }

    [Theory]
    [InlineData("drain")]
    [InlineData("undrain")]
    public async Task Steer_AWorker_SendsTheReason(string verb)
    {
        await using var api = (await StandInApi.StartAsync()).On($"POST /api/v1/workers/w 1/{verb}", Worker);
        using var cli = new CliRun(api);

        (await cli.RunAsync("worker", verb, "w 1", "--reason", "kernel update")).ShouldBe(0, cli.Error);

        api.Requests.Single().Body.ShouldBe("""{"reason":"kernel update"}""");
        cli.Out.ShouldContain("asg-7-1: run 7, a step runs");
    }

    [Theory]
    [InlineData(null, "demo")]
    [InlineData("acme", "acme")]
    public async Task Enroll_AWorker_WritesAKeyAndACertificateOfTheDevelopmentCa(string? tenant, string serves)
    {
        using var cli = new CliRun();
        var data = DataDirectory.From(null, cli.Folder);
        using var authority = WorkerAuthority.LoadOrCreate(data, TimeProvider.System);

        (await cli.RunAsync(["worker", "enroll", "db-worker-1", "--out", "keys", .. tenant is null ? Array.Empty<string>() : ["--tenant", tenant]])).ShouldBe(0, cli.Error);

        var folder = Path.Combine(cli.Folder, "keys");
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "worker.crt"), Path.Combine(folder, "worker.key"));
        WorkerCertificate.Read(certificate).ShouldBe(new WorkerCertificate("db-worker-1", serves));
        File.ReadAllText(Path.Combine(folder, "ca.crt")).ShouldBe(authority.CertificatePem);
        (await cli.RunAsync("worker", "enroll", "db-worker-2", "--out", "keys")).ShouldBe(2, "an existing key is not replaced");
    }

    [Fact]
    public async Task Enroll_TenantOfTheToken_IsTheDefault()
    {
        using var cli = new CliRun();
        var data = DataDirectory.From(null, cli.Folder);
        using var authority = WorkerAuthority.LoadOrCreate(data, TimeProvider.System);
        using var issuer = DevelopmentIssuer.LoadOrCreate(data);
        cli.With("CAVRA_TOKEN", issuer.Mint(new TokenRequest { Subject = "ann", Tenant = "acme" }, TimeProvider.System));

        (await cli.RunAsync("worker", "enroll", "w1", "--out", "keys")).ShouldBe(0, cli.Error);

        cli.Out.ShouldContain("for tenant acme");
    }

    [Theory]
    [InlineData("../w1")]
    [InlineData("-w")]
    [InlineData("a/b")]
    [InlineData("w\n1")]
    public async Task Enroll_BadName_IsRefused(string name)
    {
        using var cli = new CliRun();
        using var authority = WorkerAuthority.LoadOrCreate(DataDirectory.From(null, cli.Folder), TimeProvider.System);

        (await cli.RunAsync("worker", "enroll", "--out", "keys", "--", name)).ShouldBe(2);

        Directory.Exists(Path.Combine(cli.Folder, "keys")).ShouldBeFalse();
    }
}
