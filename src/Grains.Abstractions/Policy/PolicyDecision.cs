using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Policy;

/// <summary>What policy says of a step.</summary>
[GenerateSerializer, Alias("cavra.verdict")]
[JsonConverter(typeof(SnakeCaseEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>May run.</summary>
    Allow,

    /// <summary>May run once its gate is decided.</summary>
    RequireApproval,

    /// <summary>May not run.</summary>
    Deny,
}

/// <summary>One rule that applied, with its reason in plain words.</summary>
[GenerateSerializer, Alias("cavra.rule-hit"), Immutable]
public sealed record RuleHit(string Id, string Reason);

/// <summary>The one decision that preview shows, the session enforces and the worker checks again (ARCHITECTURE section 4).</summary>
[GenerateSerializer, Alias("cavra.policy-decision"), Immutable]
public sealed record PolicyDecision
{
    /// <summary>Allow, require approval, or deny.</summary>
    [Id(0)] public required Verdict Verdict { get; init; }

    /// <summary>Every rule that applied, the deciding one first.</summary>
    [Id(1)] public ImmutableArray<RuleHit> Rules { get; init; } = [];

    /// <summary>Plain words for the operator.</summary>
    [Id(2)] public required string Reason { get; init; }

    /// <summary>Digest of the policy data that decided.</summary>
    [Id(3)] public required string Revision { get; init; }

    /// <summary>True when the step needs two keys (spec 4.2).</summary>
    [Id(4)] public bool TwoKey { get; init; }
}
