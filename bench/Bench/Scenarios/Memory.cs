using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Silo;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>Managed memory per idle activated session (queued, no worker there) and per registered worker, at 10,000 each, in a silo inside this process.</summary>
internal sealed class Memory : IScenario
{
    private const int Many = 10_000;
    private static readonly TenantId Tenant = new("demo");
    private static readonly Actor Operator = new() { Subject = "operator", Tenant = Tenant, Roles = ["operator", "admin"] };

    public string Name => "memory";

    public async Task Run(BenchContext context, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("cavra-bench-").FullName;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddCavraSilo(new ConfigurationBuilder().Build(), folder);
        using (var host = builder.Build())
        {
            await host.StartAsync(cancellation);
            var grains = host.Services.GetRequiredService<IGrainFactory>();
            var catalog = grains.GetGrain<IRunbookCatalog>(Tenant.Value);
            await catalog.Put(new PutRunbook(Operator, "rb-bench-noop", BenchInstallation.NoopRunbook, "application/yaml", null, null));
            var plan = (await catalog.Plan(new PlanRequest { Actor = Operator, TicketId = "X", RunbookId = "rb-bench-noop", EnvironmentProfile = EnvironmentProfile.DevFlex })).Plan!;
            var ids = host.Services.GetRequiredService<ISessionIds>();
            await Start(grains, ids, plan, 0, 200);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await Start(grains, ids, plan, 200, Many);
            var perSession = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Many;
            context.Add(Name, $"per idle activated session, {Many} of them", perSession / 1024, "KiB", "< 8", perSession < 8 * 1024);

            before = GC.GetTotalMemory(forceFullCollection: true);
            await Parallel.ForAsync(0, Many, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellation }, async (n, _) =>
                await grains.GetGrain<IAgentWorker>($"bench-{n}").Register(new AgentRegistration
                {
                    // Another environment than the sessions', so that none is dispatched.
                    Capabilities = ["shell"],
                    NetworkSegment = "local",
                    Environments = [TargetEnvironment.Prod],
                    CertificateKey = $"key-{n}",
                    Sandbox = [],
                }));
            var perWorker = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Many;
            context.Add(Name, $"per registered worker, {Many} of them", perWorker / 1024, "KiB");
            await host.StopAsync(CancellationToken.None);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static Task Start(IGrainFactory grains, ISessionIds ids, SessionPlan plan, int from, int count) =>
        Parallel.ForAsync(from, from + count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (n, cancellation) =>
        {
            var id = await ids.Next(cancellation);
            var reply = await grains.GetGrain<IExecutionSession>(id.Value).Execute(new CreateSession { Actor = Operator, TicketId = $"MEM-{n}", Plan = plan });
            if (reply.Refusal is { } refusal) throw new InvalidOperationException($"session {id}: {refusal.Code} {refusal.Detail}");
        });
}
