using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Sessions;

/// <summary>
/// A session's whole state: the fold of its events over its plan. Immutable; nothing in it comes from anywhere else, so a replay gives the same.
/// </summary>
internal sealed record Session
{
    public required SessionId Id { get; init; }
    public required TenantId Tenant { get; init; }
    public required SessionPlan Plan { get; init; }
    public required string TicketId { get; init; }
    public required string RequestedBy { get; init; }
    public string? IdempotencyKey { get; init; }
    public required bool UseWorkers { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public SessionState State { get; init; } = SessionState.Queued;
    public SessionReason? Reason { get; init; }
    public string? Detail { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The last event's number.</summary>
    public long LastSeq { get; init; }
    public Placement Placement { get; init; } = Placement.None;

    /// <summary>The worker that held the session last, for the view after its end.</summary>
    public EndedPlacement? Former { get; init; }

    /// <summary>The highest fence given out.</summary>
    public int Fence { get; init; }

    /// <summary>Assignment attempts used in the present search.</summary>
    public int AssignmentRetries { get; init; }

    /// <summary>Workers that failed this session in the present search.</summary>
    public ImmutableArray<WorkerId> Avoid { get; init; } = [];

    /// <summary>The step that runs or comes next; one past the last when all is done.</summary>
    public int Cursor { get; init; } = 1;
    public required ImmutableArray<StepProgress> Steps { get; init; }
    public Run? Run { get; init; }
    public ImmutableArray<SessionApproval> Approvals { get; init; } = [];
    public RollbackProgress? Rollback { get; init; }

    /// <summary>Set while an operator's pause waits for the running step: the operator's words.</summary>
    public string? PauseRequested { get; init; }

    /// <summary>Whether nothing can change any more (invariant I4).</summary>
    public bool Ended => State is SessionState.Completed or SessionState.Failed or SessionState.Cancelled;

    /// <summary>The gate that is open, if one is. At most one is.</summary>
    public SessionApproval? OpenApproval => Approvals is [.., { Open: true } last] ? last : null;

    /// <summary>The step that a person would call current.</summary>
    public int? CurrentStep => StartedAt is null && Approvals.IsEmpty ? null : Math.Min(Cursor, Steps.Length);

    /// <summary>Whether a claimed assignment is the one that counts now.</summary>
    public bool IsCurrent(WorkerId worker, AssignmentId assignment) =>
        Placement.HasWorker && Placement.Assignment == assignment && Placement.Worker == worker;

    /// <summary>Whether an approval in favour covers an attempt of a step.</summary>
    public bool Approved(int step, int attempt, int? gate = null)
    {
        foreach (var approval in Approvals)
            if (approval.State == ApprovalState.Approved && (gate is null || approval.Gate == gate) && approval.Covers(step, attempt)) return true;
        return false;
    }

    /// <summary>The same session with one step changed.</summary>
    public Session WithStep(int number, Func<StepProgress, StepProgress> change) =>
        this with { Steps = Steps.SetItem(number - 1, change(Steps[number - 1])) };

    /// <summary>The same session with one approval changed.</summary>
    public Session WithApproval(ApprovalId id, Func<SessionApproval, SessionApproval> change)
    {
        for (var at = Approvals.Length - 1; at >= 0; at--)
            if (Approvals[at].Id == id) return this with { Approvals = Approvals.SetItem(at, change(Approvals[at])) };
        throw new InvalidOperationException($"session {Id} has no approval {id}");
    }
}
