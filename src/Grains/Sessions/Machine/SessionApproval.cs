using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Sessions;

/// <summary>A gate of this session, open or over. Bound to the attempts of the steps that it covers (hazard C01).</summary>
internal sealed record SessionApproval
{
    public required ApprovalId Id { get; init; }

    /// <summary>The plan's gate, from 0; -1 for the approval of a retry.</summary>
    public required int Gate { get; init; }
    public required ImmutableArray<int> StepNumbers { get; init; }

    /// <summary>The attempt of each covered step.</summary>
    public required ImmutableArray<int> Attempts { get; init; }
    public required ApprovalState State { get; init; }
    public string? Reason { get; init; }
    public required string Digest { get; init; }
    public required string Quorum { get; init; }
    public ImmutableArray<ApprovalVote> Votes { get; init; } = [];
    public required DateTimeOffset RequestedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public ApprovalId? EscalatedFrom { get; init; }
    public ApprovalId? Successor { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public string? DecidedBy { get; init; }
    public bool Automatic { get; init; }

    /// <summary>Whether people may still decide it.</summary>
    public bool Open => State is ApprovalState.Pending or ApprovalState.Notified;

    /// <summary>Whether it covers an attempt of a step.</summary>
    public bool Covers(int step, int attempt)
    {
        var at = StepNumbers.IndexOf(step);
        return at >= 0 && Attempts[at] == attempt;
    }
}
