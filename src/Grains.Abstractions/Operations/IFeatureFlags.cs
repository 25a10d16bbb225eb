using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Operations;

/// <summary>The installation's switches (spec 8.1); one grain, key <c>all</c>, durable.</summary>
[Alias("cavra.IFeatureFlags")]
public interface IFeatureFlags : IGrainWithStringKey
{
    /// <summary>Whether a flag is on for a tenant: its own setting, else the global one, else the configured first value.</summary>
    [Alias("IsEnabled"), AlwaysInterleave]
    Task<bool> IsEnabled(string name, TenantId tenant);

    /// <summary>The flags as a tenant sees them.</summary>
    [Alias("List"), AlwaysInterleave]
    Task<ImmutableArray<FeatureFlagView>> List(TenantId tenant);

    /// <summary>Sets a flag; audited. Unknown names are refused with <c>not_found</c>.</summary>
    [Alias("Set")]
    Task<FeatureFlagReply> Set(Actor actor, string name, bool enabled, bool global, string reason, string? traceId);
}

/// <summary>Names of the flags.</summary>
public static class FeatureFlagNames
{
    /// <summary>Off: new sessions run on the engine inside the host.</summary>
    public const string WorkerOrchestration = "worker_orchestration.enabled";

    /// <summary>The console's task workspace.</summary>
    public const string TaskWorkspace = "ui.task_workspace.enabled";
}

/// <summary>A flag of the contract; scope is <c>global</c> or <c>tenant</c>.</summary>
[GenerateSerializer, Alias("cavra.feature-flag-view"), Immutable]
public sealed record FeatureFlagView(string Name, bool Enabled, string Scope, string? UpdatedBy, DateTimeOffset? UpdatedAt);

/// <summary>How setting a flag ended.</summary>
[GenerateSerializer, Alias("cavra.feature-flag-reply"), Immutable]
public sealed record FeatureFlagReply(FeatureFlagView? Flag, Refusal? Refusal = null);
