using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Journal;
using Cavra.Actors.Operations;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage;
using Cavra.Actors.Testing.Postgres;
using Cavra.Actors.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>Every grain for real over PostgreSQL, with robot workers at the channel. <see cref="CrashAsync"/> is a killed process and its next start.</summary>
internal sealed class WholeSilo : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly PostgresStorage _storage;
    private readonly List<RobotWorker> _robots = [];
    private ServiceProvider _services;

    private WholeSilo(TestDatabase database, PostgresStorage storage)
    {
        (_database, _storage) = (database, storage);
        _services = Build();
    }

    public PostgresStorage Storage => _storage;
    public EmbeddedGrainHost Host => _services.GetRequiredService<EmbeddedGrainHost>();
    public IReadOnlyList<RobotWorker> Robots => _robots;

    public static async Task<WholeSilo> StartAsync()
    {
        var database = await TestDatabase.CreateAsync();
        var storage = await PostgresStorage.OpenAsync(
            database.OwnerConnectionString, new(), history => SessionHistoryFold.View(history), TimeProvider.System, NullLoggerFactory.Instance);
        var silo = new WholeSilo(database, storage);
        await silo.Host.StartAsync();
        return silo;
    }

    public IExecutionSession Session(long number) => Host.GetGrain<IExecutionSession>(number);

    public IApprovalTask Approval(string id) => Host.GetGrain<IApprovalTask>(id);

    public async Task<RobotWorker> AddWorkerAsync(string id, int room = 4, Func<Cavra.Actors.Workers.Channel.CommandFrame, StepOutcome>? run = null)
    {
        var robot = new RobotWorker(new(id), session => Session(session.Value), run);
        _robots.Add(robot);
        var reply = await Host.GetGrain<IAgentWorker>(id).Register(new()
        {
            Capabilities = ["shell"],
            NetworkSegment = "local",
            Environments = [TargetEnvironment.Dev, TargetEnvironment.Staging, TargetEnvironment.Prod],
            MaxConcurrency = room,
            Sandbox = ["dev-flex"],
            CertificateKey = "key",
        });
        reply.Refusal.ShouldBeNull();
        await ConnectAsync(robot);
        return robot;
    }

    public async Task CrashAsync()
    {
        Host.Crash();
        await _services.DisposeAsync();
        _services = Build();
        await Host.StartAsync();
        foreach (var robot in _robots) await ConnectAsync(robot);
        await Host.GetGrain<IRecovery>("all").Sweep();
    }

    /// <summary>Completes when the session's state is one of those wanted; asks again when its stream tells of news.</summary>
    public async Task<SessionView> UntilAsync(long number, params SessionState[] wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var stream = Host.GetStreamProvider(SessionEvents.StreamProvider).GetStream<SessionEvents>(StreamId.Create(SessionEvents.StreamNamespace, number));
            var subscription = await stream.SubscribeAsync((_, _) =>
            {
                news.TrySetResult();
                return Task.CompletedTask;
            });
            if (await Session(number).View() is { } view && wanted.Contains(view.State)) return view;
            await news.Task.WaitAsync(patience.Token);
            await subscription.UnsubscribeAsync();
        }
    }

    public async Task<ImmutableArray<StoredEvent>> EventsAsync(long number) => await _storage.Sessions.Events(Demo, new(number), 0, 1000, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _storage.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task ConnectAsync(RobotWorker robot)
    {
        var reply = await Host.GetGrain<IAgentWorker>(robot.Id.Value).OpenChannel(
            Guid.NewGuid().ToString("N"), Host.CreateObjectReference<IAgentChannel>(robot), TransportChannel.InProcess);
        reply.Refusal.ShouldBeNull();
    }

    private ServiceProvider Build()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IReminderTable>(new MemoryReminders());
        services.AddSingleton(_storage.Journal);
        services.AddSingleton(_storage.Audit);
        services.AddSingleton(_storage.Workers);
        services.AddSingleton(_storage.Approvals);
        services.AddSingleton(_storage.FeatureFlags);
        services.AddSingleton(_storage.Recovery);
        services.AddSingleton(SessionGiven.Options with { RestartGrace = TimeSpan.FromSeconds(20) });
        services.AddSingleton(new WorkerTiming());
        services.AddSingleton(new FeatureFlagDefaults());
        services.AddEmbeddedGrains(options =>
        {
            options.AddGrain<ExecutionSession>().AddGrain<AgentWorkerGrain>().AddGrain<WorkerDirectoryGrain>().AddGrain<DispatchGrain>().AddGrain<ApprovalTaskGrain>().AddGrain<RecoveryGrain>();
            options.StreamProviders.Add(SessionEvents.StreamProvider);
        });
        return services.BuildServiceProvider();
    }
}
