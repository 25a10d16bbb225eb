using Cavra.Actors.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded.Tests;

/// <summary>A started host with the grains of this assembly.</summary>
internal sealed class GrainHostFixture : IAsyncDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);
    private readonly ServiceProvider _services;

    private GrainHostFixture(ServiceProvider services, ManualTimeProvider time)
    {
        (_services, Time) = (services, time);
        Host = services.GetRequiredService<EmbeddedGrainHost>();
    }

    public EmbeddedGrainHost Host { get; }

    public ManualTimeProvider Time { get; }

    public IServiceProvider Services => _services;

    public Probe Probe => _services.GetRequiredService<Probe>();

    public static async Task<GrainHostFixture> StartAsync(
        Action<EmbeddedGrainOptions>? configure = null, Action<IServiceCollection>? services = null, ManualTimeProvider? time = null)
    {
        var fixture = Create(configure, services, time);
        await fixture.Host.StartAsync();
        return fixture;
    }

    public static GrainHostFixture Create(Action<EmbeddedGrainOptions>? configure = null, Action<IServiceCollection>? services = null, ManualTimeProvider? time = null)
    {
        time ??= new ManualTimeProvider();
        var collection = new ServiceCollection();
        collection.AddSingleton<TimeProvider>(time);
        collection.AddSingleton<Probe>();
        collection.AddEmbeddedGrains(options =>
        {
            options.AddGrains(typeof(GrainHostFixture).Assembly);
            options.StreamProviders.Add("streams");
            configure?.Invoke(options);
        });
        collection.AddSingleton<MemoryGrainStorage>();
        collection.AddKeyedSingleton<IGrainStorage>("store", (s, _) => s.GetRequiredService<MemoryGrainStorage>());
        collection.AddSingleton<MemoryReminderTable>();
        collection.AddSingleton<IReminderTable>(s => s.GetRequiredService<MemoryReminderTable>());
        services?.Invoke(collection);
        return new GrainHostFixture(collection.BuildServiceProvider(), time);
    }

    public T Grain<T>(string key) where T : IGrainWithStringKey => Host.GetGrain<T>(key);

    public T Service<T>() where T : notnull => _services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in Probe.Gates.Values)
            gate.Open();
        await _services.DisposeAsync();
    }

    public static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(Generous);

    public static Task Soon(Task task) => task.WaitAsync(Generous);
}
