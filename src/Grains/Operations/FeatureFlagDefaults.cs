using System.Collections.Immutable;

namespace Cavra.Actors.Operations;

/// <summary>The flags that exist, with their first values (configuration section <c>FeatureFlags</c>); both on unless configured.</summary>
public sealed record FeatureFlagDefaults
{
    /// <summary>By name. No other flag can be set.</summary>
    public ImmutableSortedDictionary<string, bool> Values { get; init; } = ImmutableSortedDictionary<string, bool>.Empty
        .Add(FeatureFlagNames.WorkerOrchestration, true)
        .Add(FeatureFlagNames.TaskWorkspace, true);
}
