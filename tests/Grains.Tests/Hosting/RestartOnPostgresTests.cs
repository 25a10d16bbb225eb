using Cavra.Actors.Grains.Workers;
using Cavra.Actors.Identity;
using Cavra.Actors.Operations;
using Cavra.Actors.Storage;
using Cavra.Actors.Testing.Postgres;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cavra.Actors.Grains.Hosting;

/// <summary>What must survive a killed process survives it in the real database.</summary>
public sealed class RestartOnPostgresTests : IAsyncLifetime
{
    private static readonly Actor Admin = new() { Subject = "ada", Tenant = new("demo"), Roles = ["admin"] };
    private TestDatabase _database = null!;
    private PostgresStorage _storage = null!;
    private GrainsHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _storage = await PostgresStorage.OpenAsync(_database.OwnerConnectionString, new StorageOptions(), static _ => null, TimeProvider.System, NullLoggerFactory.Instance);
        _host = await GrainsHost.StartAsync(storage: _storage);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _storage.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task DrainedWorker_AfterARestart_IsStillDrainingAndStillItself()
    {
        var worker = _host.Worker("worker-a");
        await worker.Register(WorkerGiven.Registration() with { Tenants = [new("demo")] });
        await worker.Drain(Admin, "maintenance");

        await _host.RestartAsync();

        var view = (await _host.Worker("worker-a").View())!;
        (view.State, view.Reason, view.MaxConcurrency).ShouldBe((WorkerState.Draining, "maintenance", 2));
        view.Tenants.ShouldBe([new TenantId("demo")]);
        (await _host.Worker("worker-a").Register(WorkerGiven.Registration("key-2"))).Refusal!.Code.ShouldBe("worker_mismatch");
        (await _host.Directory.List()).ShouldHaveSingleItem().WorkerId.Value.ShouldBe("worker-a");
    }

    [Fact]
    public async Task OfflineWorker_AfterARestart_IsKnownToHaveBeenBad()
    {
        await _host.Worker("worker-a").Register(WorkerGiven.Registration());
        _host.Time.Advance(TimeSpan.FromSeconds(45));
        (await _host.Worker("worker-a").View())!.State.ShouldBe(WorkerState.Offline);
        while ((await _storage.Workers.Load(new WorkerId("worker-a")))!.LastBadAt is null) await Task.Yield();

        await _host.RestartAsync();

        var view = (await _host.Worker("worker-a").View())!;
        (view.State, view.LastBadAt).ShouldBe((WorkerState.Offline, _host.Time.GetUtcNow()));
    }

    [Fact]
    public async Task FeatureFlag_AfterARestart_IsAsItWasSet()
    {
        var flags = _host.Host.GetGrain<IFeatureFlags>("all");
        await flags.Set(Admin, FeatureFlagNames.WorkerOrchestration, enabled: false, global: false, "test", null);

        await _host.RestartAsync();

        flags = _host.Host.GetGrain<IFeatureFlags>("all");
        (await flags.IsEnabled(FeatureFlagNames.WorkerOrchestration, new("demo"))).ShouldBeFalse();
        (await flags.IsEnabled(FeatureFlagNames.WorkerOrchestration, new("other"))).ShouldBeTrue();
    }
}
