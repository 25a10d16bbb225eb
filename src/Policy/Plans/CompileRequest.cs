using System.Collections.Immutable;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Plans;

/// <summary>A credential that exists, as far as planning needs to know it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Scope">The one environment in which it may be used.</param>
/// <param name="Capability">A capability that the worker must have, or null.</param>
public sealed record KnownCredential(string Id, TargetEnvironment Scope, string? Capability);

/// <summary>Everything that a plan depends on; two equal requests give equal plans.</summary>
public sealed record CompileRequest
{
    /// <summary>The runbook.</summary>
    public required Runbook Runbook { get; init; }

    /// <summary>Its stored version.</summary>
    public required int Version { get; init; }

    /// <summary>Digest of that version (<see cref="RunbookCanonical.Digest"/>).</summary>
    public required string RunbookDigest { get; init; }

    /// <summary>The profile.</summary>
    public required EnvironmentProfile Profile { get; init; }

    /// <summary>The mode asked for, or null for the default.</summary>
    public ValidationMode? Mode { get; init; }

    /// <summary>Inputs, each as JSON text.</summary>
    public ImmutableSortedDictionary<string, string> InputsJson { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The policy data in force.</summary>
    public required PolicyData Policy { get; init; }

    /// <summary>The credentials that exist, by id; null when they are not known here and are left to the worker's pre-flight.</summary>
    public IReadOnlyDictionary<string, KnownCredential>? Credentials { get; init; }

    /// <summary>A key for a cache of compiled plans. Whoever caches must drop entries when <see cref="Credentials"/> change.</summary>
    public string CacheKey()
    {
        using var digest = new DigestWriter("cavra.compile.v1");
        digest.Text(Runbook.RunbookId).Number(Version).Text(RunbookDigest).Number((int)Profile).Number((int?)Mode).Text(Policy.Revision);
        return digest.List(InputsJson, i => digest.Text(i.Key).Text(i.Value)).Finish();
    }
}

/// <summary>What came of it: the plan, and why it may not start (empty when it may). Without a plan not even a sheet can be shown.</summary>
public sealed record CompiledPlan(SessionPlan? Plan, ImmutableArray<Refusal> Problems);
