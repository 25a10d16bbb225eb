using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.Identity;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Assignments;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.WorkerAgent.Hosting;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>
/// The engine inside the host (spec 8.1): runs the sessions that start while <c>worker_orchestration.enabled</c> is off, in the same sandbox and with the same
/// frames as a worker. A machine that cannot sandbox has none, and says so; those sessions wait then, and <c>why</c> explains.
/// </summary>
internal sealed partial class InProcessEngine(IGrainFactory grains, ApiSettings settings, IConfiguration configuration, TimeProvider time, ILoggerFactory loggers) : BackgroundService
{
    /// <summary>The engine's name among workers; no certificate may carry it.</summary>
    public const string Name = "in-process";

    private const int Concurrency = 256;
    private readonly ILogger _logger = loggers.CreateLogger<InProcessEngine>();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var server = new InProcessServer(new WorkerId(Name), grains, settings, time, _logger);
            await using var agent = await Agent.Start(Options(), server, new EvaluatedPolicy(PolicyDataSource.Open(configuration["POLICY:DATA"], time)), time, loggers);
            Started(string.Join(',', agent.Profiles));
            await agent.Completion.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops: what runs is killed and reported as unknown by the next start.
        }
        catch (Exception e) when (e is AgentStartException or AgentServerException)
        {
            NotStarted(e.Message);
        }
    }

    private AgentOptions Options() => new()
    {
        Name = Name,
        DataFolder = Path.Combine(settings.Data.Worker(Name), "data"),
        Capabilities = ["shell", "postgres", "openssl"],
        Environments = [TargetEnvironment.Dev, TargetEnvironment.Staging, TargetEnvironment.Prod],
        Segment = "local",
        MaxConcurrency = Concurrency,
        MacAssumed = configuration["SANDBOX:MAC"] == "available",
        NoopExecutor = settings.IsDevelopment && bool.TryParse(configuration["BENCH_NOOP_EXECUTOR"], out var noop) && noop,
    };
}
