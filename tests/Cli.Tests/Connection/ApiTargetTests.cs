using System.Collections.Immutable;
using Cavra.Actors.Cli.Tests.StandIn;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Tests.Connection;

public sealed class ApiTargetTests
{
    [Fact]
    public async Task Nothing_Configured_SaysHowToStart()
    {
        using var cli = new CliRun().With("CAVRA_DATA", "nowhere");

        (await cli.RunAsync("run", "list")).ShouldBe(1);

        cli.Error.ShouldContain("./cavra up");
    }

    [Theory]
    [InlineData(new[] { "run", "list" }, "viewer")]
    [InlineData(new[] { "run", "list", "--as", "auditor" }, "auditor")]
    [InlineData(new[] { "approvals" }, "approver")]
    public async Task DevFile_OfARunningInstallation_GivesAddressAndIdentity(string[] args, string identity)
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/executions", """{"items":[]}""").On("GET /api/v1/approvals", """{"items":[]}""");
        using var cli = new CliRun();
        WriteDevFile(cli, api.Address);

        (await cli.RunAsync(args)).ShouldBe(0, cli.Error);

        api.Requests.Single().Token.ShouldBe("token-" + identity);
    }

    [Fact]
    public async Task DevelopmentToken_IsNeverSentToAnotherAddress()
    {
        await using var api = await StandInApi.StartAsync();
        using var cli = new CliRun();
        WriteDevFile(cli, "http://127.0.0.1:1");

        (await cli.RunAsync("run", "list", "--api", api.Address)).ShouldBe(2);

        api.Requests.ShouldBeEmpty();
        cli.Error.ShouldContain("no token for");
        cli.Error.ShouldNotContain("token-viewer");
    }

    [Fact]
    public async Task UnknownIdentity_NamesThoseThereAre()
    {
        using var cli = new CliRun();
        WriteDevFile(cli, "http://127.0.0.1:1");

        (await cli.RunAsync("run", "list", "--as", "root")).ShouldBe(2);

        cli.Error.ShouldContain("approver, auditor, viewer");
    }

    [Fact]
    public async Task Api_NotReachable_SaysSoInOneLine()
    {
        using var cli = new CliRun().With("CAVRA_API", "http://127.0.0.1:1").With("CAVRA_TOKEN", "t");

        (await cli.RunAsync("run", "list")).ShouldBe(1);

        cli.Error.ShouldContain("cannot reach the API at http://127.0.0.1:1/");
    }

    [Fact]
    public async Task Answer_NotJson_IsAskedWhetherItIsTheApi()
    {
        await using var api = (await StandInApi.StartAsync()).On("GET /api/v1/executions", "<html>hello");
        using var cli = new CliRun(api);

        (await cli.RunAsync("run", "list")).ShouldBe(1);

        cli.Error.ShouldContain("not JSON: <html>hello");
    }

    private static void WriteDevFile(CliRun cli, string address)
    {
        var data = DataDirectory.From(null, cli.Folder);
        new DevFile
        {
            Api = address,
            Agent = "https://127.0.0.1:2",
            Console = address,
            AgentCa = data.WorkerAuthorityCertificate,
            Jwks = data.Jwks,
            DataDir = data.Root,
            Database = "",
            Logs = data.Logs,
            Pids = data.PidsFile,
            Tokens = new[] { "viewer", "approver", "auditor" }.ToImmutableSortedDictionary(n => n, n => "token-" + n),
        }.Write(data.DevFile);
    }
}
