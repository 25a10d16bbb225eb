using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cavra.Actors.Embedded;

internal enum HostStage
{
    Created,
    Running,
    Draining,
    Stopped,
    Crashed,
}

/// <summary>
/// Hosts grains in this process. Registered by <see cref="EmbeddedGrainServices.AddEmbeddedGrains"/>; everything else sees it as
/// <see cref="IGrainFactory"/> or <see cref="IClusterClient"/>.
/// </summary>
public sealed partial class EmbeddedGrainHost : IClusterClient, IAsyncDisposable
{
    private readonly ConcurrentDictionary<Type, GrainClass> _classes = new();
    private readonly GrainCatalog _catalog;
    private readonly IIncomingGrainCallFilter[] _filters;
    private volatile HostStage _stage;
    private ITimer? _collector;

    /// <summary>Made by the container.</summary>
    public EmbeddedGrainHost(IServiceProvider services, EmbeddedGrainOptions options)
    {
        options.Validate();
        ServiceProvider = services;
        Options = options;
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Executor = services.GetService<ITurnExecutor>() ?? new ThreadPoolTurnExecutor();
        Log = new HostLog(services.GetService<ILogger<EmbeddedGrainHost>>() ?? NullLogger<EmbeddedGrainHost>.Instance);
        Lifetimes = services.GetRequiredService<ServiceLifetimes>();
        Timeouts = new CallTimeouts(Time, options.CallTimeout);
        Directory = new GrainDirectory(this);
        Observers = new ObserverRegistry(this);
        Streams = new StreamTable(this);
        Reminders = new ReminderService(this, services.GetService<IReminderTable>());
        _catalog = new GrainCatalog(options);
        _filters = [.. services.GetServices<IIncomingGrainCallFilter>()];
    }

    /// <inheritdoc />
    public IServiceProvider ServiceProvider { get; }

    /// <summary>How many activations are in memory.</summary>
    public int ActivationCount => Directory.Count;

    internal EmbeddedGrainOptions Options { get; }

    internal TimeProvider Time { get; }

    internal ITurnExecutor Executor { get; }

    internal HostLog Log { get; }

    internal ServiceLifetimes Lifetimes { get; }

    internal CallTimeouts Timeouts { get; }

    internal GrainDirectory Directory { get; }

    internal ObserverRegistry Observers { get; }

    internal StreamTable Streams { get; }

    internal ReminderService Reminders { get; }

    internal HostStage Stage => _stage;

    /// <summary>Why a call cannot be taken now; null when it can. While the host drains, only calls that grains make go on.</summary>
    internal Exception? Refusal(GrainCall call) => _stage switch
    {
        HostStage.Running => null,
        HostStage.Draining when Request.Current is not null => null,
        HostStage.Created => new GrainHostUnavailableException($"{call.Describe()}: the grain host has not started."),
        HostStage.Draining => new GrainHostUnavailableException($"{call.Describe()}: the grain host stops and takes no new calls."),
        _ => new GrainHostUnavailableException($"{call.Describe()}: the grain host has stopped."),
    };

    internal IIncomingGrainCallFilter[] FiltersOf(object target) => target is IIncomingGrainCallFilter own ? [.. _filters, own] : _filters;

    internal bool Hosts(GrainId id) => _catalog.TryFind(id, out _);

    internal GrainReference Reference(Type interfaceType, GrainId id, GrainClass? grainClass, TurnQueue? observer) =>
        ProxyFactory.Create(interfaceType).Bind(this, interfaceType, id, grainClass, observer);
}
