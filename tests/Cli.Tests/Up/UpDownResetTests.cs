using System.Net;
using System.Net.Sockets;
using Cavra.Actors.Cli.Tests.StandIn;
using Cavra.Actors.Cli.Up;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Tests.Up;

public sealed class UpDownResetTests
{
    [Fact]
    public void Port_InUse_SaysWhichSettingHelps()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var failure = Should.Throw<CliFailureException>(() => Ports.MustBeFree("CAVRA_API_PORT", port));

        failure.Message.ShouldContain($"port {port} is in use");
        failure.Message.ShouldContain("CAVRA_API_PORT=0");
    }

    [Fact]
    public void Lock_HeldByOne_IsNotGivenToAnother_UntilReleased()
    {
        using var cli = new CliRun();
        var data = DataDirectory.From(null, cli.Folder);

        using (var held = UpLock.TryTake(data))
        {
            held.ShouldNotBeNull();
            UpLock.TryTake(data).ShouldBeNull();
        }
        using var again = UpLock.TryTake(data);
        again.ShouldNotBeNull();
    }

    [Fact]
    public async Task Down_NothingRuns_SaysSo()
    {
        using var cli = new CliRun();
        Directory.CreateDirectory(Path.Combine(cli.Folder, ".cavra"));

        (await cli.RunAsync("down")).ShouldBe(0);

        cli.Out.ShouldContain("nothing is running");
    }

    [Fact]
    public async Task Down_IdsThatBelongToOthersNow_TouchesNoProcess()
    {
        using var cli = new CliRun();
        var data = DataDirectory.From(null, cli.Folder);
        new PidsFile { Up = Environment.ProcessId, Api = Environment.ProcessId, Workers = [Environment.ProcessId], Postgres = Environment.ProcessId }.Write(data.PidsFile);

        // This process is a test host: no API, no worker, no PostgreSQL. Had it been taken for one, the test would end here.
        Signals.Runs(Environment.ProcessId, "Cavra.Actors.ApiHost").ShouldBeFalse();
        await Leftovers.StopAsync(cli.Context(), data);

        File.Exists(data.PidsFile).ShouldBeFalse();
    }

    [Fact]
    public async Task Reset_Confirmed_DeletesTheDataDirectoryAndThePostgresPlaceElsewhere()
    {
        using var cli = new CliRun { CanAsk = true, Input = "yes\n" };
        var data = DataDirectory.From(null, cli.Folder);
        PrivateFile.Write(data.IssuerKey, "key");
        cli.File("elsewhere/pgdata/PG_VERSION", "15");
        PrivateFile.Write(Path.Combine(data.Root, "postgres.location"), Path.Combine(cli.Folder, "elsewhere") + "\n");

        (await cli.RunAsync("reset")).ShouldBe(0, cli.Error);

        Directory.Exists(data.Root).ShouldBeFalse();
        Directory.Exists(Path.Combine(cli.Folder, "elsewhere")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("no\n", true, 1)]
    [InlineData("", true, 1)]
    [InlineData("yes\n", false, 2)]
    public async Task Reset_NotConfirmed_DeletesNothing(string input, bool canAsk, int code)
    {
        using var cli = new CliRun { CanAsk = canAsk, Input = input };
        var data = DataDirectory.From(null, cli.Folder);
        PrivateFile.Write(data.IssuerKey, "key");

        (await cli.RunAsync("reset")).ShouldBe(code);

        File.Exists(data.IssuerKey).ShouldBeTrue();
    }

    [Fact]
    public async Task Reset_WhileSomethingRuns_IsRefused()
    {
        using var cli = new CliRun();
        var data = DataDirectory.From(null, cli.Folder);
        using var held = UpLock.TryTake(data);

        (await cli.RunAsync("reset", "--yes")).ShouldBe(1);

        cli.Error.ShouldContain("./cavra down");
        Directory.Exists(data.Root).ShouldBeTrue();
    }

    [Fact]
    public async Task Reset_FolderThatIsNotOurs_IsRefused()
    {
        using var cli = new CliRun();
        cli.File("precious/letter.txt", "dear reader");
        cli.With("CAVRA_DATA", "precious");

        (await cli.RunAsync("reset", "--yes")).ShouldBe(1);

        File.Exists(Path.Combine(cli.Folder, "precious", "letter.txt")).ShouldBeTrue();
    }
}
