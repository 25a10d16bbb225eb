namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    /// <summary>The earliest instant at which time alone may change something; null when nothing is awaited by the clock.</summary>
    public static Deadline? NextDeadline(Session session)
    {
        if (session.Ended) return null;
        var placement = session.Placement;
        if (session.Run is { } run) return new(run.Stop?.StopBy ?? run.ResultBy, OfWorker: true);
        return session.State switch
        {
            SessionState.WaitingForApproval => session.OpenApproval?.ExpiresAt is { } expires ? new(expires, OfWorker: false) : null,
            SessionState.Paused => null,
            _ => placement.Kind switch
            {
                PlacementKind.Seeking => new(placement.NextTryAt ?? placement.Deadline!.Value, OfWorker: false) { Later = placement.Deadline },
                PlacementKind.Offered => new(placement.Deadline!.Value, OfWorker: true),
                PlacementKind.Held when session.State == SessionState.Executing && RetryAt(session) is { } retry => new(retry, OfWorker: false),
                _ => null,
            },
        };
    }

    private static DateTimeOffset? RetryAt(Session session)
    {
        var next = NextStep(session);
        return next <= session.Steps.Length ? session.Steps[next - 1].RetryAt : null;
    }

    private static Decision QueueTime(SessionTurn turn)
    {
        if (turn.Session.Placement.Deadline > turn.Now) return SessionTurn.NoOp("not_due");
        GiveUpSearch(turn, SessionReason.FailedAssignment, "no worker could be found in time");
        return turn.Done();
    }

    private static Decision AckTime(SessionTurn turn, DateTimeOffset? ackedAt)
    {
        if (ackedAt is { } acked)
        {
            return acked + turn.Options.PreflightTimeout > turn.Now
                ? SessionTurn.NoOp("not_due")
                : FailAssignment(turn, AssignmentFailure.AssignmentError, "the pre-flight was not reported in time", null);
        }

        return turn.Session.Placement.Deadline > turn.Now
            ? SessionTurn.NoOp("not_due")
            : FailAssignment(turn, AssignmentFailure.NoAck, "the worker did not acknowledge in time", null);
    }

    private static Decision RunTime(SessionTurn turn)
    {
        var session = turn.Session;
        if (session.Run is { } run)
        {
            if ((run.Stop?.StopBy ?? run.ResultBy) > turn.Now) return SessionTurn.NoOp("not_due");
            LoseRun(turn, "unresponsive", run.Stop is null ? StepReason.Timeout : StepReason.Cancelled, run.Stop is null ? SessionReason.TimedOut : SessionReason.WorkerLost);
            return turn.Done();
        }

        if (RetryAt(session) > turn.Now) return SessionTurn.NoOp("not_due");
        GoOn(turn);
        return turn.Done();
    }

    private static Decision RollbackTime(SessionTurn turn, DateTimeOffset? ackedAt)
    {
        if (turn.Session.Run is not null) return RunTime(turn);
        return turn.Session.Placement.Kind switch
        {
            PlacementKind.Seeking => QueueTime(turn),
            PlacementKind.Offered => AckTime(turn, ackedAt),
            _ => SessionTurn.NoOp("not_due"),
        };
    }
}

/// <summary>An instant at which to look again.</summary>
/// <param name="At">The earliest.</param>
/// <param name="OfWorker">Whether a worker has to meet it; such a deadline is put off after a restart, when nobody could.</param>
internal readonly record struct Deadline(DateTimeOffset At, bool OfWorker)
{
    /// <summary>For a search: when it is given up.</summary>
    public DateTimeOffset? Later { get; init; }
}
