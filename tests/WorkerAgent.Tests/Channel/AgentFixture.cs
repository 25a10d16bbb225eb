using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Assignments;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.WorkerAgent.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

/// <summary>A worker with real sandboxes and a data folder of its own, over whatever server a test gives it.</summary>
public abstract class AgentFixture : IAsyncLifetime
{
    internal string Folder { get; } = Directory.CreateTempSubdirectory("cavra-agent-").FullName;

    internal StandIn Orchestrator { get; private set; } = new();

    internal Agent? Agent { get; private set; }

    internal static EvaluatedPolicy Policy => new(PolicyDataSource.Open(null, TimeProvider.System));

    /// <summary>The worker's clock.</summary>
    internal SteppedClock? Stepped { get; set; }

    internal AgentOptions Options => new()
    {
        Name = "worker-1",
        DataFolder = Path.Combine(Folder, "data"),
        Capabilities = ["shell"],
        Environments = [TargetEnvironment.Dev],
        MacAssumed = true,
    };

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        await Stop();
        Directory.Delete(Folder, recursive: true);
    }

    internal async Task<InMemoryServer> Start(Func<AgentOptions, AgentOptions>? change = null)
    {
        var server = new InMemoryServer(Orchestrator);
        await Start(server, change);
        return server;
    }

    internal async Task Start(IAgentServer server, Func<AgentOptions, AgentOptions>? change = null)
    {
        Agent = await Agent.Start(change is null ? Options : change(Options), server, Policy, Stepped ?? TimeProvider.System, NullLoggerFactory.Instance);
        await Orchestrator.Connected();
    }

    /// <summary>Stops the worker at once, as a crash would leave it but for the processes that it kills.</summary>
    internal async Task Stop()
    {
        if (Agent is { } agent)
            await agent.DisposeAsync().AsTask().WaitAsync(StandIn.Generous);
        Agent = null;
    }

    /// <summary>A new orchestrator and a new worker on the same data.</summary>
    internal async Task Restart()
    {
        await Stop();
        Orchestrator = new StandIn();
        await Start();
    }

    internal string WorkFolder(int session) => Path.Combine(Folder, "data", "work", $"asg-{session}-1");
}
