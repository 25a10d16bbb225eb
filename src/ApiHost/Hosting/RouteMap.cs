using Cavra.Actors.ApiHost.Agents;
using Cavra.Actors.ApiHost.Approvals;
using Cavra.Actors.ApiHost.Executions;
using Cavra.Actors.ApiHost.Executions.Events;
using Cavra.Actors.ApiHost.Health;
using Cavra.Actors.ApiHost.Idempotency;
using Cavra.Actors.ApiHost.OpenApi;
using Cavra.Actors.ApiHost.Operations;
using Cavra.Actors.ApiHost.Runbooks;
using Cavra.Actors.ApiHost.Workers;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>Every group of routes, one line each, and what serves them.</summary>
internal static class RouteMap
{
    /// <summary>Registers the routes' handlers: one object each, made once, so that a request resolves nothing.</summary>
    public static IServiceCollection AddRoutes(this IServiceCollection services) => services
        .AddSingleton<ProcessMetrics>()
        .AddSingleton<Readiness>()
        .AddSingleton<HealthRoutes>()
        .AddSingleton<IdempotentRequests>()
        .AddSingleton<OwnSession>()
        .AddSingleton<CreateExecution>()
        .AddSingleton<PreviewExecution>()
        .AddSingleton<SessionCommands>()
        .AddSingleton<ReadExecutions>()
        .AddSingleton<ReadEvents>()
        .AddSingleton<EventSockets>()
        .AddSingleton<SessionFeeds>()
        .AddHostedService(s => s.GetRequiredService<SessionFeeds>())
        .AddSingleton<ExecutionRoutes>()
        .AddSingleton<Inbox>()
        .AddSingleton<WorkerRoutes>()
        .AddSingleton<RunbookRoutes>()
        .AddSingleton<FlagRoutes>()
        .AddSingleton<Backout>()
        .AddSingleton<AuditRoutes>()
        .AddSingleton<Registrations>()
        .AddSingleton<CompleteStep>()
        .AddSingleton<AgentSockets>()
        .AddSingleton<AgentRoutes>()
        .AddHostedService<SampleRunbooks>()
        .AddHostedService<InProcessEngine>();

    /// <summary>Maps them all.</summary>
    public static void Map(WebApplication app)
    {
        var services = app.Services;
        services.GetRequiredService<HealthRoutes>().Map(app);
        services.GetRequiredService<ExecutionRoutes>().Map(app);
        services.GetRequiredService<Inbox>().Map(app);
        services.GetRequiredService<WorkerRoutes>().Map(app);
        services.GetRequiredService<RunbookRoutes>().Map(app);
        services.GetRequiredService<FlagRoutes>().Map(app);
        services.GetRequiredService<Backout>().Map(app);
        services.GetRequiredService<AuditRoutes>().Map(app);
        services.GetRequiredService<AgentRoutes>().Map(app);
        DocumentRoutes.Map(app);
    }
}
