using Cavra.Actors.Cli.Tests.StandIn;
using Cavra.Actors.Cli.Up;

namespace Cavra.Actors.Cli.Tests.Up;

public sealed class UpSettingsTests
{
    [Fact]
    public void Nothing_Configured_TakesTheContractsDefaults()
    {
        using var cli = new CliRun();

        var settings = UpSettings.Read(cli.Context(), null);

        settings.Data.Root.ShouldBe(Path.Combine(cli.Folder, ".cavra"));
        (settings.ApiPort, settings.AgentPort, settings.Workers).ShouldBe((8080, 8443, 1));
    }

    [Fact]
    public void Environment_WinsOverTheFile_WhateverItsCase()
    {
        using var cli = new CliRun().With("CAVRA_API_PORT", "0");
        cli.File("conf/settings.json", """{"Data": "/srv/cavra", "api_port": 9000, "AGENT_PORT": 9001, "workers": 3}""");

        var settings = UpSettings.Read(cli.Context(), "conf/settings.json");

        settings.Data.Root.ShouldBe("/srv/cavra");
        (settings.ApiPort, settings.AgentPort, settings.Workers).ShouldBe((0, 9001, 3));
        settings.ConfigFile.ShouldBe(Path.Combine(cli.Folder, "conf", "settings.json"));
    }

    [Theory]
    [InlineData("CAVRA_API_PORT", "http")]
    [InlineData("CAVRA_AGENT_PORT", "70000")]
    [InlineData("CAVRA_WORKERS", "-1")]
    [InlineData("CAVRA_WORKERS", "65")]
    public async Task Value_OutOfRange_IsNamedAndNothingStarts(string name, string value)
    {
        using var cli = new CliRun().With(name, value);

        (await cli.RunAsync("up")).ShouldBe(2);

        cli.Error.ShouldContain($"{name} is '{value}'");
        Directory.Exists(Path.Combine(cli.Folder, ".cavra")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("absent.json", null)]
    [InlineData("bad.json", "{")]
    public async Task File_AbsentOrNotJson_IsNamed(string name, string? content)
    {
        using var cli = new CliRun();
        if (content is not null) cli.File(name, content);

        (await cli.RunAsync("up", "--config", name)).ShouldBe(2);

        cli.Error.ShouldContain(name);
    }
}
