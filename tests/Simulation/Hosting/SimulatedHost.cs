using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Journal;
using Cavra.Actors.Operations;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cavra.Actors.Simulation;

/// <summary>The process that hosts the real grains; killed and started again on the same store.</summary>
internal sealed class SimulatedHost(RunContext run, SimulatedStore store, SimulatedReminders reminders)
{
    private EmbeddedGrainHost? _host;

    /// <summary>Counts starts; what belongs to an earlier process is gone.</summary>
    public int Generation { get; private set; }

    public bool IsUp { get; private set; }

    public IGrainFactory Grains => IsUp ? _host! : throw new HostDownException();

    public TReference Observe<TReference>(IGrainObserver observer)
        where TReference : IGrainObserver => IsUp ? _host!.CreateObjectReference<TReference>(observer) : throw new HostDownException();

    public async Task Start()
    {
        _host = Build();
        await _host.StartAsync();
        (IsUp, Generation) = (true, Generation + 1);
        run.Note("host", $"started, generation {Generation}");
        _ = Sweep(Generation);
    }

    public void Crash()
    {
        if (!IsUp) return;
        IsUp = false;
        run.Note("host", "crashed");
        if (store.Sessions.Any(s => s.Row.Live)) run.Reach(Situation.CrashWithLive);
        _host!.Crash();
        _ = Restart();
    }

    private async Task Restart()
    {
        await run.Pause(run.Calm ? TimeSpan.FromSeconds(1) : run.Dice.Seconds(0.5, 30));
        for (; !run.Over; await run.Pause(TimeSpan.FromSeconds(2)))
        {
            try
            {
                await Start();
                return;
            }
            catch (StoreUnavailableException)
            {
                run.Note("host", "no database at the start");
            }
        }
    }

    private async Task Sweep(int generation)
    {
        while (IsUp && Generation == generation && !run.Over)
        {
            try
            {
                await Grains.GetGrain<IRecovery>("all").Sweep();
                return;
            }
            catch (Exception e)
            {
                run.Note("host", $"sweep: {e.GetType().Name}");
                await run.Pause(TimeSpan.FromSeconds(1));
            }
        }
    }

    private EmbeddedGrainHost Build()
    {
        var services = new ServiceCollection();
        services.TryAdd(ServiceDescriptor.Singleton(typeof(ILogger<>), typeof(NullLogger<>)));
        services.AddSingleton<TimeProvider>(run.Time);
        services.AddSingleton<ITurnExecutor>(run.Executor);
        services.AddSingleton<IReminderTable>(reminders);
        services.AddSingleton<ISessionJournal>(store);
        services.AddSingleton<IWorkerStore>(store);
        services.AddSingleton<IApprovalStore>(store);
        services.AddSingleton<IFeatureFlagStore>(store);
        services.AddSingleton<IRecoveryReader>(store);
        services.AddSingleton<IAuditLog>(store);
        services.AddSingleton(new SessionOptions());
        services.AddSingleton(new WorkerTiming());
        services.AddSingleton(new FeatureFlagDefaults());
        services.AddEmbeddedGrains(options =>
        {
            options.AddGrain<ExecutionSession>().AddGrain<AgentWorkerGrain>().AddGrain<WorkerDirectoryGrain>().AddGrain<DispatchGrain>()
                .AddGrain<ApprovalTaskGrain>().AddGrain<FeatureFlagsGrain>().AddGrain<RecoveryGrain>();
            options.StreamProviders.Add(SessionEvents.StreamProvider);
        });

        // Never disposed of: a killed process does not tidy up, and the container would await off the seeded order.
        return services.BuildServiceProvider().GetRequiredService<EmbeddedGrainHost>();
    }
}

/// <summary>Nobody answers.</summary>
internal sealed class HostDownException : Exception;
