using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Operations;
using Cavra.Actors.Storage;
using Cavra.Actors.Storage.EmbeddedRuntime;
using Cavra.Actors.Testing;
using Cavra.Actors.Workers;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Grains.Hosting;

/// <summary>
/// A host with every grain but the session, which only records, over stores in memory and a clock that the test moves. <see cref="RestartAsync"/> is a
/// crash and a new process.
/// </summary>
internal sealed class GrainsHost : IAsyncDisposable
{
    private readonly ITurnExecutor? _executor;
    private readonly PostgresStorage? _storage;
    private ServiceProvider _services;

    private GrainsHost(ManualTimeProvider time, ITurnExecutor? executor, PostgresStorage? storage)
    {
        (Time, _executor, _storage) = (time, executor, storage);
        _services = Build();
    }

    public ManualTimeProvider Time { get; }

    public MemoryStores Stores { get; } = new();

    public MemoryReminders Reminders { get; } = new();

    public SessionCalls Sessions { get; } = new();

    public EmbeddedGrainHost Host => _services.GetRequiredService<EmbeddedGrainHost>();

    public static async Task<GrainsHost> StartAsync(ManualTimeProvider? time = null, ITurnExecutor? executor = null, PostgresStorage? storage = null)
    {
        var host = new GrainsHost(time ?? new ManualTimeProvider(), executor, storage);
        await host.Host.StartAsync();
        return host;
    }

    /// <summary>Runs a scenario under a seeded scheduler; same seed, same run. The host ends like a killed process.</summary>
    public static async Task<T> Seeded<T>(int seed, Func<GrainsHost, Task<T>> scenario)
    {
        var time = new ManualTimeProvider();
        var executor = new SeededTurnExecutor(seed, time);
        var host = executor.Run(() => StartAsync(time, executor));
        var result = executor.Run(() => scenario(host));
        host.Host.Crash();
        await host.DisposeAsync();
        return result;
    }

    public IAgentWorker Worker(string id) => Host.GetGrain<IAgentWorker>(id);

    public IDispatch Dispatch(string key = "demo/dev") => Host.GetGrain<IDispatch>(key);

    public IWorkerDirectory Directory => Host.GetGrain<IWorkerDirectory>("all");

    public IApprovalTask Approval(string id) => Host.GetGrain<IApprovalTask>(id);

    public async Task RestartAsync()
    {
        Host.Crash();
        await _services.DisposeAsync();
        _services = Build();
        await Host.StartAsync();
    }

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();

    private ServiceProvider Build()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Time);
        if (_executor is not null) services.AddSingleton(_executor);
        AddStores(services);
        services.AddSingleton(Sessions);
        services.AddSingleton(new WorkerTiming());
        services.AddSingleton(new FeatureFlagDefaults());
        services.AddEmbeddedGrains(options => options
            .AddGrain<AgentWorkerGrain>().AddGrain<WorkerDirectoryGrain>().AddGrain<DispatchGrain>().AddGrain<ApprovalTaskGrain>()
            .AddGrain<FeatureFlagsGrain>().AddGrain<RecoveryGrain>().AddGrain<RecordingSessionGrain>());
        return services.BuildServiceProvider();
    }

    /// <summary>Stores in memory, or the real ones.</summary>
    private void AddStores(ServiceCollection services)
    {
        services.AddSingleton<IReminderTable>(_storage is null ? Reminders : _storage.Reminders());
        services.AddSingleton(_storage?.Workers ?? Stores);
        services.AddSingleton(_storage?.Approvals ?? Stores);
        services.AddSingleton(_storage?.FeatureFlags ?? Stores);
        services.AddSingleton(_storage?.Recovery ?? Stores);
        services.AddSingleton(_storage?.Audit ?? Stores);
    }
}
