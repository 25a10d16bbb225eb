using System.Net;
using System.Net.Sockets;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Tests.Support;
using Cavra.Actors.Installation;
using Cavra.Actors.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace Cavra.Actors.ApiHost.Tests.Hosting;

public sealed class HostTests
{
    [Fact]
    public async Task StartedHost_LeavesWhatClientsNeed_AndKeysSurviveARestart()
    {
        await using var host = await TestHost.Start(new() { ["WORKERS"] = "2" });
        var dev = DevFile.Read(host.Data.DevFile).ShouldNotBeNull();
        File.GetUnixFileMode(host.Data.DevFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (var path in new[] { dev.AgentCa, dev.Jwks, dev.DataDir, dev.Logs, dev.Pids }) Path.IsPathFullyQualified(path).ShouldBeTrue(path);
        dev.Tokens.Keys.ShouldBe(["admin", "admin2", "approver", "approver2", "auditor", "operator", "operator2", "operator_approver", "other_tenant", "viewer"]);
        dev.Database.ShouldNotBeNullOrEmpty();
        for (var n = 1; n <= 2; n++)
        {
            foreach (var file in new[] { "worker.key", "worker.crt", "ca.crt" })
                File.GetUnixFileMode(Path.Combine(host.Data.Worker($"local-{n}"), file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        (await host.Client(dev.Tokens["other_tenant"]).Get("/api/v1/executions")).Status.ShouldBe(200);
        foreach (var name in dev.Tokens.Keys) (await host.Client(dev.Tokens[name]).Get("/api/v1/workers")).Status.ShouldBe(200, name);
    }

    [Fact]
    public async Task D08_SubjectOverItsRate_Is429WithRetryAfter_OthersAreNotTouched()
    {
        await using var host = await TestHost.Start(new() { ["API:RATE_LIMIT"] = "1", ["API:BURST"] = "5" });
        var greedy = host.Client(host.Token("greedy", "demo", "viewer"));
        var sameSubject = host.Client(host.Token("greedy", "demo", "viewer", "operator"));
        for (var i = 0; i < 5; i++) (await greedy.Get("/api/v1/workers")).Status.ShouldBe(200);
        var refused = await greedy.Get("/api/v1/workers");
        refused.ShouldBeProblem(429, "rate_limited");
        int.Parse(refused.Headers["Retry-After"]).ShouldBeGreaterThan(0);
        (await sameSubject.Get("/api/v1/workers")).Status.ShouldBe(429);
        (await host.Client(host.Token("modest", "demo", "viewer")).Get("/api/v1/workers")).Status.ShouldBe(200);
        (await host.Client(host.Token("greedy", "other", "viewer")).Get("/api/v1/workers")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task ClockOffset_MovesTheEndOfTokens()
    {
        await using var host = await TestHost.Start(new() { ["CLOCK_OFFSET"] = "+3h" });
        (await host.Client(host.Issuer.Mint(new TokenRequest { Subject = "s", Tenant = "demo", Roles = ["viewer"], ExpiresIn = TimeSpan.FromHours(1) }, TimeProvider.System)).Get("/api/v1/workers")).ShouldBeProblem(401, "unauthorized");
        (await host.Client(host.Api.Dev.Tokens["viewer"]).Get("/api/v1/workers")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task StoppingHost_ClosesSocketsWith1001_AndTakesItsAddressBack()
    {
        var host = await TestHost.Start();
        var tenant = new Tenant(host, "demo");
        await tenant.HarmlessRunbook();
        var id = await tenant.Start("rb-harmless");
        var worker = await tenant.Worker();
        using var reader = await EventReader.Open(host, id, tenant.Viewer.Token);
        (await reader.Next()).ShouldNotBeNull();
        var devFile = host.Data.DevFile;
        var stopping = host.DisposeAsync();
        while (await reader.Next() is not null)
        {
            // What was on its way.
        }

        reader.CloseCode.ShouldBe(1001);
        await reader.Socket.CloseOutputAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        (await worker.Closed()).Code.ShouldBe(1001);
        await worker.DisposeAsync();
        await stopping;
        File.Exists(devFile).ShouldBeFalse();
    }

    [Fact]
    public async Task BusyPort_SaysWhichSettingHelps()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        foreach (var (setting, variable) in new[] { ("API_PORT", "CAVRA_API_PORT"), ("AGENT_PORT", "CAVRA_AGENT_PORT") })
        {
            var error = await Should.ThrowAsync<Exception>(() => TestHost.Start(new() { [setting] = $"{port}" }));
            var settings = new ApiSettings { Data = new DataDirectory("/tmp"), ApiPort = setting == "API_PORT" ? port : 0, AgentPort = setting == "AGENT_PORT" ? port : 0 };
            StartProblem.Explain(error, settings).ShouldNotBeNull().ShouldContain(variable);
        }
    }

    [Theory]
    [InlineData("API_PORT", "http", "CAVRA_API_PORT")]
    [InlineData("API_PORT", "70000", "CAVRA_API_PORT")]
    [InlineData("WORKERS", "-1", "CAVRA_WORKERS")]
    [InlineData("CLOCK_OFFSET", "later", "CAVRA_CLOCK_OFFSET")]
    [InlineData("API:RATE_LIMIT", "0", "CAVRA_API__RATE_LIMIT")]
    [InlineData("METRICS_ADDRESS", "here", "CAVRA_METRICS_ADDRESS")]
    public void WrongSetting_IsNamed(string key, string value, string variable)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        Should.Throw<SettingException>(() => ApiSettings.Read(configuration, "/tmp")).Message.ShouldContain(variable);
    }

    [Fact]
    public void ClockOffsetWithARealIssuer_IsRefused()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("CLOCK_OFFSET", "+1h"), new("JWKS", "/etc/jwks.json")]).Build();
        Should.Throw<SettingException>(() => ApiSettings.Read(configuration, "/tmp")).Message.ShouldContain("CAVRA_CLOCK_OFFSET");
    }

    [Fact]
    public async Task JwksThatCannotBeRead_IsSaid()
    {
        var error = await Should.ThrowAsync<InvalidOperationException>(() => TestHost.Start(new() { ["JWKS"] = "/nonexistent/jwks.json" }));
        error.Message.ShouldContain("CAVRA_JWKS");
    }

    [Fact]
    public void UnknownArgumentOrMissingFile_IsSaid()
    {
        Should.Throw<SettingException>(() => HostBuilding.Configure(["--confg", "x"], null)).Message.ShouldContain("--confg");
        Should.Throw<SettingException>(() => HostBuilding.Configure(["--config", "/nonexistent.json"], null)).Message.ShouldContain("/nonexistent.json");
    }
}
