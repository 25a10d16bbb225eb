using System.Collections.Immutable;
using Cavra.Actors.Policy;

namespace Cavra.Actors.Sessions;

/// <summary>
/// Everything that was decided before a session starts and never changes afterwards: the runbook's steps with inputs in place, the policy
/// decision of each, and the gates. Immutable and shared between sessions that start from the same things.
/// </summary>
[GenerateSerializer, Alias("cavra.session-plan"), Immutable]
public sealed record SessionPlan
{
    /// <summary>SHA-256 (hex) over all else in the plan; the key under which it is stored once.</summary>
    [Id(0)] public required string Digest { get; init; }

    /// <summary>The runbook's id.</summary>
    [Id(1)] public required string RunbookId { get; init; }

    /// <summary>The runbook's version, 1, 2, ...</summary>
    [Id(2)] public required int RunbookVersion { get; init; }

    /// <summary>Digest of that version.</summary>
    [Id(3)] public required string RunbookDigest { get; init; }

    /// <summary>The runbook's title.</summary>
    [Id(4)] public required string Title { get; init; }

    /// <summary>The profile asked for.</summary>
    [Id(5)] public required EnvironmentProfile EnvironmentProfile { get; init; }

    /// <summary>The environment that the profile stands for.</summary>
    [Id(6)] public required TargetEnvironment Environment { get; init; }

    /// <summary>The validation mode in force.</summary>
    [Id(7)] public required ValidationMode ValidationMode { get; init; }

    /// <summary>The sandbox profile of the session's steps, by name.</summary>
    [Id(8)] public required string SandboxProfile { get; init; }

    /// <summary>What a worker must offer.</summary>
    [Id(9)] public required WorkerRequirements Requirements { get; init; }

    /// <summary>Steps 1..n across prechecks, main and postchecks.</summary>
    [Id(10)] public required ImmutableArray<PlannedStep> Steps { get; init; }

    /// <summary>The gates, in the order in which they open.</summary>
    [Id(11)] public ImmutableArray<PlannedGate> Gates { get; init; } = [];

    /// <summary>Digest of the policy data that decided.</summary>
    [Id(12)] public required string PolicyRevision { get; init; }

    /// <summary>The first irreversible step, if any: the point of no return.</summary>
    [Id(13)] public int? PointOfNoReturn { get; init; }
}

/// <summary>What a worker must offer to be chosen (contract: <c>worker_requirements</c>).</summary>
[GenerateSerializer, Alias("cavra.worker-requirements"), Immutable]
public sealed record WorkerRequirements
{
    /// <summary>All of these.</summary>
    [Id(0)] public ImmutableArray<string> Capabilities { get; init; } = [];

    /// <summary>This segment; <c>any</c> matches every one.</summary>
    [Id(1)] public string NetworkSegment { get; init; } = "any";

    /// <summary>Ceiling for the channel's round trip, milliseconds.</summary>
    [Id(2)] public int? MaxLatencyMs { get; init; }
}

/// <summary>A point where the session waits for a decision.</summary>
[GenerateSerializer, Alias("cavra.planned-gate"), Immutable]
public sealed record PlannedGate
{
    /// <summary>The steps that the decision covers; any of their numbers decides it.</summary>
    [Id(0)] public required ImmutableArray<int> StepNumbers { get; init; }

    /// <summary>The gate opens before this step starts; n + 1 means after the last step (<c>final_only</c>).</summary>
    [Id(1)] public required int BeforeStep { get; init; }

    /// <summary>Who must agree, e.g. <c>1 of approver</c>.</summary>
    [Id(2)] public required string Quorum { get; init; }

    /// <summary>True when spec 4.2's auto-approval resolves it without a human.</summary>
    [Id(3)] public bool Automatic { get; init; }

    /// <summary>Why the gate is there, or by which rule it opens by itself.</summary>
    [Id(4)] public ImmutableArray<RuleHit> Rules { get; init; } = [];

    /// <summary>SHA-256 (hex) over the digests of the steps it covers.</summary>
    [Id(5)] public required string Digest { get; init; }
}
