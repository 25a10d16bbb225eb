using System.Collections.Immutable;

namespace Cavra.Actors.Operations;

/// <summary>The flags that exist and their first values (configuration section <c>FeatureFlags</c>; both true).</summary>
public sealed record FeatureFlagDefaults
{
    /// <summary>First values by name; a name that is not here does not exist.</summary>
    public ImmutableSortedDictionary<string, bool> Values { get; init; } = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new KeyValuePair<string, bool>[]
    {
        new(FeatureFlagNames.WorkerOrchestration, true),
        new(FeatureFlagNames.TaskWorkspace, true),
    });
}
