using System.Collections.Frozen;
using System.Collections.Immutable;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Policy;

/// <summary>One row of spec 5.1.</summary>
public sealed record ProfileRules
{
    /// <summary>The profile.</summary>
    public required EnvironmentProfile Profile { get; init; }

    /// <summary>Its name on the wire; also the name of its sandbox profile.</summary>
    public required string Name { get; init; }

    /// <summary>Where it acts.</summary>
    public required TargetEnvironment Environment { get; init; }

    /// <summary>What the sandbox must provide, by name.</summary>
    public required ImmutableArray<string> Controls { get; init; }

    /// <summary>Only programs on the allow-list may run.</summary>
    public required bool AllowListOnly { get; init; }

    /// <summary>Everything is audited beyond the usual events.</summary>
    public bool Audited { get; init; }

    /// <summary>Every step of the main phase needs a rollback.</summary>
    public required bool RollbackMandatory { get; init; }
}

/// <summary>
/// The environment profiles of spec 5.1. They are code and not configuration: nothing that a tenant or an operator can change makes a profile weaker (hazard C10).
/// </summary>
public static class EnvironmentProfiles
{
    private static readonly FrozenDictionary<EnvironmentProfile, ProfileRules> Rows = new ProfileRules[]
    {
        new()
        {
            Profile = EnvironmentProfile.ProdCritical, Name = "prod-critical", Environment = TargetEnvironment.Prod, AllowListOnly = true, RollbackMandatory = true,
            Controls = ["namespaces", "seccomp", "mac", "read_only_root", "no_egress", "no_capabilities", "limits"],
        },
        new()
        {
            Profile = EnvironmentProfile.ProdStandard, Name = "prod-standard", Environment = TargetEnvironment.Prod, AllowListOnly = true, RollbackMandatory = true,
            Controls = ["namespaces", "seccomp", "read_only_root", "egress_by_list", "limited_capabilities", "limits"],
        },
        new()
        {
            Profile = EnvironmentProfile.StagingStandard, Name = "staging-standard", Environment = TargetEnvironment.Staging, AllowListOnly = true,
            Audited = true, RollbackMandatory = false,
            Controls = ["namespaces", "seccomp", "ephemeral_fs", "egress_by_list", "limits"],
        },
        new()
        {
            Profile = EnvironmentProfile.DevFlex, Name = "dev-flex", Environment = TargetEnvironment.Dev, AllowListOnly = false, RollbackMandatory = false,
            Controls = ["namespaces", "egress_by_list", "limits"],
        },
    }.ToFrozenDictionary(r => r.Profile);

    /// <summary>All rows.</summary>
    public static IReadOnlyCollection<ProfileRules> All => Rows.Values;

    /// <summary>The row of a profile.</summary>
    public static ProfileRules Of(EnvironmentProfile profile) => Rows[profile];

    /// <summary>The row of that wire name, or null.</summary>
    public static ProfileRules? Find(string name) => Rows.Values.FirstOrDefault(r => r.Name == name);
}
