namespace Cavra.Actors.Sessions;

internal static partial class SessionFold
{
    private static Session Queued(Session session, SessionQueued e) => Leave(session, null) with
    {
        Placement = new() { Kind = PlacementKind.Seeking, Since = e.At, Deadline = e.GiveUpAt },
        AssignmentRetries = 0,
        Avoid = [],
    };

    private static Session Assigned(Session session, SessionAssigned e) => session with
    {
        Fence = e.Attempt,
        Placement = new()
        {
            Kind = PlacementKind.Offered,
            Worker = e.WorkerId,
            Assignment = e.AssignmentId,
            Fence = e.Attempt,
            Transport = e.TransportChannel,
            Since = e.At,
            Deadline = e.AckBy,
        },
    };

    private static Session AssignmentFailed(Session session, SessionAssignmentFailed e)
    {
        var next = Leave(session, e.Reason switch
        {
            AssignmentFailure.NoAck => "no_ack",
            AssignmentFailure.Refused => "refused",
            AssignmentFailure.AssignmentError => "assignment_error",
            _ => "worker_lost",
        });
        return next with
        {
            AssignmentRetries = e.RetryCount,
            Avoid = session.Avoid.Contains(e.WorkerId) ? session.Avoid : session.Avoid.Add(e.WorkerId),
            Placement = e.NextTryAt is null
                ? Placement.None
                : new() { Kind = PlacementKind.Seeking, Since = e.At, NextTryAt = e.NextTryAt, Deadline = e.GiveUpAt },
        };
    }

    /// <summary>The pre-flight was through: the next decision was taken.</summary>
    public static Session Hold(Session session, DateTimeOffset at) => session.Placement.Kind == PlacementKind.Offered
        ? session with { Placement = session.Placement with { Kind = PlacementKind.Held, HeldAt = at, Deadline = null } }
        : session;

    private static Session EndSearch(Session session) =>
        session.Placement.Kind is PlacementKind.Seeking or PlacementKind.Offered ? Leave(session, null) : session;

    private static Session Leave(Session session, string? failure) => session.Placement.Kind switch
    {
        PlacementKind.None => session,
        PlacementKind.Seeking => session with { Placement = Placement.None },
        _ => session with { Placement = Placement.None, Former = new(session.Placement, failure) },
    };

    private static Session Lost(Session session, WorkerLost e) =>
        e.Fenced ? Leave(session, "worker_lost") : session with { Placement = session.Placement with { Lost = true } };

    private static Session Recovered(Session session, WorkerRecovered e)
    {
        var back = session.Placement.Assignment == e.AssignmentId && session.Placement.Lost
            ? session with { Placement = session.Placement with { Lost = false } }
            : session;
        if (e.Step is not { } step || e.Outcome is not { } outcome) return back;
        var key = new RunKey(e.AssignmentId, step, e.Attempt ?? 1, e.IsRollback);
        return back.WithStep(step, s => e.IsRollback
            ? s with { RollbackOutcome = outcome, RollbackExitCode = e.ExitCode, Unsettled = null, Settled = s.Settled.Add(key) }
            : s with { Outcome = outcome, ExitCode = e.ExitCode, Unsettled = null, Settled = s.Settled.Add(key) });
    }
}
