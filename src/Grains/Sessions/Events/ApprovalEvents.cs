using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Identity;
using Cavra.Actors.Policy;

namespace Cavra.Actors.Sessions;

/// <summary>What every approval event says of its gate.</summary>
internal abstract record GateEvent : MovingEvent
{
    public required ApprovalId ApprovalId { get; init; }
    public required ImmutableArray<int> StepNumbers { get; init; }
    public required string Digest { get; init; }
    public required string Quorum { get; init; }
}

/// <summary>A gate opened: people are asked.</summary>
internal sealed record ApprovalRequested : GateEvent
{
    public override string Type => EventTypes.ApprovalRequested;

    /// <summary>The plan's gate, from 0; -1 for the approval of a retry.</summary>
    public required int Gate { get; init; }

    /// <summary>For each covered step the attempt that is asked for (hazard C01).</summary>
    public required ImmutableArray<int> Attempts { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public ApprovalId? EscalatedFrom { get; init; }
    public ImmutableArray<RuleHit> Rules { get; init; } = [];
}

/// <summary>People were told.</summary>
internal sealed record ApprovalNotified : GateEvent
{
    public override string Type => EventTypes.ApprovalNotified;
}

/// <summary>Someone voted.</summary>
internal sealed record ApprovalVoted : GateEvent
{
    public override string Type => EventTypes.ApprovalVote;

    [JsonPropertyName("by")]
    public required string Voter { get; init; }
    public required string Role { get; init; }
    public required bool Approved { get; init; }
    public string? Notes { get; init; }

    /// <summary>When the vote was cast; the event may be later.</summary>
    public required DateTimeOffset VotedAt { get; init; }

    /// <summary>Roles and groups held at that moment.</summary>
    public ImmutableArray<string> Held { get; init; } = [];

    /// <summary>For a service account's vote, the person that owns it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Owner { get; init; }
}

/// <summary>A gate was decided: by people, or by the rules of spec 4.2.</summary>
internal sealed record ApprovalResolved : GateEvent
{
    public override string Type => EventTypes.ApprovalResolved;
    public required bool Approved { get; init; }
    public required bool Automatic { get; init; }
    public ImmutableArray<RuleHit> Rules { get; init; } = [];
    public required int Gate { get; init; }
    public required ImmutableArray<int> Attempts { get; init; }
    public string? DecidedBy { get; init; }
    public required DateTimeOffset DecidedAt { get; init; }
}

/// <summary>A gate ended undecided: <c>sla</c>, with the successor that people may still decide, or <c>voided</c>.</summary>
internal sealed record ApprovalExpired : GateEvent
{
    public override string Type => EventTypes.ApprovalExpired;
    public required string Reason { get; init; }
    public ApprovalId? Successor { get; init; }
}

/// <summary>
/// Policy's decision on one command, taken just before it may be sent: the durable record of the command. With <c>allow</c> (or a gate that was
/// decided in favour) the command goes to the worker that holds the session.
/// </summary>
internal sealed record PolicyDecided : MovingEvent
{
    public override string Type => EventTypes.PolicyDecided;
    public required Verdict Verdict { get; init; }
    public ImmutableArray<RuleHit> Rules { get; init; } = [];

    /// <summary>Digest of the policy data that decided.</summary>
    public required string Revision { get; init; }

    /// <summary>Digest of exactly what will run.</summary>
    public required string Digest { get; init; }
    public required int Attempt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsRollback { get; init; }

    /// <summary>Approvals that stand behind it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<ApprovalId>? Approvals { get; init; }

    /// <summary>The assignment that gets the command; null when it is denied.</summary>
    public AssignmentId? AssignmentId { get; init; }

    /// <summary>When its result must be there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ResultBy { get; init; }
}
