using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Approvals;

/// <summary>The states of spec 2.1.</summary>
[GenerateSerializer, Alias("cavra.approval-state")]
[JsonConverter(typeof(SnakeCaseEnumConverter<ApprovalState>))]
public enum ApprovalState
{
    /// <summary>Made.</summary>
    Pending,

    /// <summary>People were told.</summary>
    Notified,

    /// <summary>Decided in favour.</summary>
    Approved,

    /// <summary>Decided against.</summary>
    Rejected,

    /// <summary>Ended undecided: <c>sla</c> or <c>voided</c>.</summary>
    Expired,
}

/// <summary>An approval as it stands in the contract's session.</summary>
[GenerateSerializer, Alias("cavra.approval-view"), Immutable]
public sealed record ApprovalView
{
#pragma warning disable CS1591 // The contract documents each field under the same name.
    [Id(0)] public required ApprovalId ApprovalId { get; init; }
    [Id(1)] public required ImmutableArray<int> StepNumbers { get; init; }
    [Id(2)] public required ApprovalState State { get; init; }
    [Id(3)] public string? Reason { get; init; }
    [Id(4)] public required string Digest { get; init; }
    [Id(5)] public required string Quorum { get; init; }
    [Id(6)] public ImmutableArray<ApprovalVote> Votes { get; init; } = [];
    [Id(7)] public required DateTimeOffset RequestedAt { get; init; }
    [Id(8)] public DateTimeOffset? ExpiresAt { get; init; }
    [Id(9)] public ApprovalId? EscalatedFrom { get; init; }
}

/// <summary>One person's vote.</summary>
[GenerateSerializer, Alias("cavra.approval-vote"), Immutable]
public sealed record ApprovalVote(string By, string Role, bool Approved, string? Notes, DateTimeOffset At)
{
    /// <summary>Roles and groups in the voter's token at that moment; the quorum is judged by them.</summary>
    [Id(5)] public ImmutableArray<string> Held { get; init; } = [];

    /// <summary>For a service account's vote, the person that owns it; one person votes once.</summary>
    [Id(6)] public string? Owner { get; init; }
}

/// <summary>An item of <c>GET /api/v1/approvals</c>; eligibility and seconds left are worked out for the caller.</summary>
[GenerateSerializer, Alias("cavra.approval-item"), Immutable]
public sealed record ApprovalItem
{
    [Id(0)] public required ApprovalId ApprovalId { get; init; }
    [Id(1)] public required SessionId SessionId { get; init; }
    [Id(2)] public required string TicketId { get; init; }
    [Id(3)] public required string RunbookId { get; init; }
    [Id(4)] public required string Title { get; init; }
    [Id(5)] public required ImmutableArray<int> StepNumbers { get; init; }
    [Id(6)] public required ImmutableArray<StepCommand> Commands { get; init; }
    [Id(7)] public required string Digest { get; init; }
    [Id(8)] public required BlastRadius BlastRadius { get; init; }
    [Id(9)] public required TargetEnvironment Environment { get; init; }
    [Id(10)] public required string Quorum { get; init; }
    [Id(11)] public ImmutableArray<ApprovalVote> Votes { get; init; } = [];
    [Id(12)] public required string RequestedBy { get; init; }
    [Id(13)] public required DateTimeOffset RequestedAt { get; init; }
    [Id(14)] public DateTimeOffset? ExpiresAt { get; init; }
    [Id(15)] public long SecondsLeft { get; init; }
    [Id(16)] public required ApprovalState State { get; init; }
    [Id(17)] public bool Eligible { get; init; }
    [Id(18)] public string? IneligibleReason { get; init; }
    [Id(19)] public string? Reason { get; init; }
    [Id(20)] public ApprovalId? EscalatedFrom { get; init; }
    [Id(21)] public ApprovalId? Successor { get; init; }
}
#pragma warning restore CS1591
