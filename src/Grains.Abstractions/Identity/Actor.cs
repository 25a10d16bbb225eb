using System.Collections.Immutable;

namespace Cavra.Actors.Identity;

/// <summary>
/// Who acts, as the verified token or certificate says. Roles are those of the contract (viewer, operator, approver, admin, auditor);
/// groups are free names that quorums use. Nothing here ever comes from a request body.
/// </summary>
[GenerateSerializer, Alias("cavra.actor"), Immutable]
public sealed record Actor
{
    /// <summary>The token's subject, or <c>worker:NAME</c>, or <c>system</c>.</summary>
    [Id(0)] public required string Subject { get; init; }

    /// <summary>The tenant for which it acts.</summary>
    [Id(1)] public required TenantId Tenant { get; init; }

    /// <summary>Roles and groups together, as in the token's <c>roles</c> claim.</summary>
    [Id(2)] public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>For a service account, the person whom its token names as owner (claim <c>owner</c>); its votes count as that person's (hazard C03).</summary>
    [Id(3)] public string? Owner { get; init; }

    /// <summary>From which address the request came, for the audit; null when it did not come over the network.</summary>
    [Id(4)] public string? Ip { get; init; }

    /// <summary>The person behind the actor: the owner, else the subject.</summary>
    public string Person => Owner ?? Subject;

    /// <summary>The orchestrator itself: timers, policy, reconciliation.</summary>
    public static Actor System(TenantId tenant) => new() { Subject = "system", Tenant = tenant };

    /// <summary>A worker, by its certificate.</summary>
    public static Actor Worker(WorkerId worker, TenantId tenant) => new() { Subject = "worker:" + worker.Value, Tenant = tenant };

    /// <summary>Whether the actor holds a role or group.</summary>
    public bool Holds(string role) => Roles.Contains(role, StringComparer.Ordinal);
}
