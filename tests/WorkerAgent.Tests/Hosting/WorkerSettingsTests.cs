using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Hosting;
using Cavra.Actors.WorkerAgent.Tests.Channel;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cavra.Actors.WorkerAgent.Tests.Hosting;

public sealed class WorkerSettingsTests
{
    [Fact]
    public void Arguments_AreRead()
    {
        var settings = WorkerSettings.Read(
            ["--name", "w-1", "--api", "https://127.0.0.1:8443", "--data", "d", "--capabilities", "shell, postgres", "--environments", "dev,prod", "--max-concurrency", "8", "--bench-noop-executor"], "/tmp/here");
        settings.Agent.DataFolder.ShouldBe("/tmp/here/d");
        settings.Agent.Capabilities.ShouldBe(["shell", "postgres"]);
        settings.Agent.Environments.ShouldBe([TargetEnvironment.Dev, TargetEnvironment.Prod]);
        (settings.Agent.MaxConcurrency, settings.Agent.NoopExecutor, settings.Agent.Segment).ShouldBe((8, true, "local"));
        settings.Certificate.ShouldBe("/tmp/here/.cavra/workers/w-1/worker.crt");
    }

    [Theory]
    [InlineData("--name is missing", "--api", "https://x:1")]
    [InlineData("--api is missing or no https address", "--name", "w")]
    [InlineData("--api is missing or no https address", "--name", "w", "--api", "http://x:1")]
    [InlineData("unknown option --colour", "--name", "w", "--colour", "red")]
    [InlineData("--name needs a value", "--name")]
    [InlineData("'moon' is none of dev, staging, prod", "--name", "w", "--api", "https://x:1", "--environments", "moon")]
    [InlineData("'many' is not a whole number", "--name", "w", "--api", "https://x:1", "--max-concurrency", "many")]
    [InlineData("--bench-noop-executor is for a development installation on this machine", "--name", "w", "--api", "https://cavra.example:8443", "--bench-noop-executor")]
    public void Arguments_ThatAreWrong_AreNamed(string expected, params string[] args) =>
        Should.Throw<AgentStartException>(() => WorkerSettings.Read(args, "/tmp")).Message.ShouldContain(expected);

    [Fact]
    public async Task Start_WithoutBubblewrap_SaysWhatToInstall()
    {
        var folder = Directory.CreateTempSubdirectory("cavra-start-");
        try
        {
            var options = new AgentOptions { Name = "w", DataFolder = folder.FullName, Bubblewrap = "/no/such/bwrap" };
            var error = await Should.ThrowAsync<AgentStartException>(() => Agent.Start(options, new InMemoryServer(new StandIn()), AgentFixture.Policy, TimeProvider.System, NullLoggerFactory.Instance));
            error.Message.ShouldContain("apt-get install bubblewrap");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Start_OfASecondWorkerOnTheSameData_IsRefused()
    {
        var folder = Directory.CreateTempSubdirectory("cavra-start-");
        try
        {
            var options = new AgentOptions { Name = "w", DataFolder = folder.FullName };
            await using var first = await Agent.Start(options, new InMemoryServer(new StandIn()), AgentFixture.Policy, TimeProvider.System, NullLoggerFactory.Instance);
            var error = await Should.ThrowAsync<AgentStartException>(() => Agent.Start(options, new InMemoryServer(new StandIn()), AgentFixture.Policy, TimeProvider.System, NullLoggerFactory.Instance));
            error.Message.ShouldContain("--data");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
