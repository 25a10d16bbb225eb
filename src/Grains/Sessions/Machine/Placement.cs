using System.Collections.Immutable;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Sessions;

/// <summary>How far a session is with having a worker.</summary>
internal enum PlacementKind
{
    /// <summary>Has none and looks for none.</summary>
    None,

    /// <summary>Looks for one.</summary>
    Seeking,

    /// <summary>One was chosen; its ACK and pre-flight are awaited.</summary>
    Offered,

    /// <summary>One is ready and holds the session.</summary>
    Held,
}

/// <summary>The session's worker, or the search for one. Beside the session's state, because a rollback may need another worker too.</summary>
internal sealed record Placement
{
    /// <summary>No worker and no search.</summary>
    public static Placement None { get; } = new() { Kind = PlacementKind.None };

    public required PlacementKind Kind { get; init; }
    public WorkerId? Worker { get; init; }
    public AssignmentId? Assignment { get; init; }
    public int Fence { get; init; }
    public TransportChannel Transport { get; init; }

    /// <summary>When the search, or the assignment, began.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When the pre-flight was through.</summary>
    public DateTimeOffset? HeldAt { get; init; }

    /// <summary>Seeking: not before this.</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>Seeking: when the search is given up. Offered: until when the ACK must come.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Held, but the worker is out of reach while nothing of the session runs.</summary>
    public bool Lost { get; init; }

    /// <summary>Whether a worker has it, ready or not.</summary>
    public bool HasWorker => Kind is PlacementKind.Offered or PlacementKind.Held;

    /// <summary>Whether a command can be sent.</summary>
    public bool Ready => Kind == PlacementKind.Held && !Lost;
}

/// <summary>An assignment that is over: kept so that the read row can be closed and the worker told.</summary>
internal sealed record EndedPlacement(Placement Placement, string? Failure);

/// <summary>Names one run: what makes two results the same.</summary>
internal readonly record struct RunKey(AssignmentId Assignment, int Step, int Attempt, bool IsRollback);

/// <summary>The command that is out at a worker.</summary>
internal sealed record Run
{
    public required RunKey Key { get; init; }

    /// <summary>When the result must be there.</summary>
    public required DateTimeOffset ResultBy { get; init; }
    public bool Started { get; init; }

    /// <summary>The last piece of output that is stored.</summary>
    public long LastStreamSeq { get; init; }

    /// <summary>Bytes of stdout and stderr so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Set when the run must be stopped, to roll back afterwards.</summary>
    public StopRequest? Stop { get; init; }
}

/// <summary>Stop the running step, then roll back <see cref="RollbackStep"/>, or all that ran.</summary>
internal sealed record StopRequest(int? RollbackStep, DateTimeOffset StopBy, string Reason);

/// <summary>A rollback under way.</summary>
/// <param name="Remaining">Steps still to be rolled back, the current one first.</param>
/// <param name="Then">What follows.</param>
/// <param name="Cause">The reason of a pause that follows.</param>
internal sealed record RollbackProgress(ImmutableArray<int> Remaining, AfterRollback Then, SessionReason? Cause);
