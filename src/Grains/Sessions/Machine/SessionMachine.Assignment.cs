using Cavra.Actors.Identity;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    /// <summary>Looks for a worker. A rollback keeps its state meanwhile.</summary>
    private static void Seek(SessionTurn turn) => turn.Emit(new SessionQueued
    {
        To = turn.Session.State == SessionState.Rollback ? null : SessionState.Queued,
        GiveUpAt = turn.Now + turn.Options.QueueTimeout,
    });

    private static Decision Assign(SessionTurn turn, SessionInput.Offered offer)
    {
        var session = turn.Session;
        if (session.Placement.NextTryAt > turn.Now) return SessionTurn.NoOp("too_early");
        var fence = session.Fence + 1;
        turn.Emit(new SessionAssigned
        {
            To = session.State == SessionState.Queued ? SessionState.AssigningWorker : null,
            WorkerId = offer.Worker,
            AssignmentId = AssignmentId.For(session.Id, fence),
            Attempt = fence,
            TransportChannel = offer.Transport,
            AckBy = turn.Now + turn.Options.AckTimeout,
        });
        return turn.Done();
    }

    private static Decision Acked(SessionTurn turn, AssignmentAckFrame ack) => ack.Accepted
        ? turn.Done()
        : FailAssignment(turn, AssignmentFailure.Refused, ack.Reason ?? "the worker refused", null);

    private static Decision Preflight(SessionTurn turn, PreflightFrame preflight)
    {
        if (!preflight.Ok)
        {
            var failed = preflight.Checks.FirstOrDefault(c => !c.Ok);
            return FailAssignment(turn, AssignmentFailure.AssignmentError, failed is null ? "pre-flight failed" : $"pre-flight check {failed.Name}: {failed.Detail}", preflight);
        }

        turn.WorkerReady();
        if (turn.Session.State == SessionState.Rollback) RunRollback(turn);
        else GoOn(turn, dueNow: true);
        return turn.Done();
    }

    /// <summary>Spec 7.1: an attempt is used; the queue again after a wait, or the end after the last one.</summary>
    private static Decision FailAssignment(SessionTurn turn, AssignmentFailure reason, string detail, PreflightFrame? preflight)
    {
        var session = turn.Session;
        var placement = session.Placement;
        var used = session.AssignmentRetries + 1;
        var last = used >= turn.Options.AssignmentAttempts;
        var rollingBack = session.State == SessionState.Rollback;
        turn.Emit(new SessionAssignmentFailed
        {
            To = last || rollingBack ? null : SessionState.Queued,
            WorkerId = placement.Worker!.Value,
            AssignmentId = placement.Assignment!.Value,
            Attempt = placement.Fence,
            Reason = reason,
            RetryCount = used,
            Checks = preflight?.Checks,
            NextTryAt = last ? null : turn.Now + turn.Options.Backoff(used),
            GiveUpAt = last ? null : turn.Now + turn.Options.QueueTimeout,
            Detail = detail,
        });
        if (last) GiveUpSearch(turn, reason == AssignmentFailure.AssignmentError ? SessionReason.PreflightFailed : SessionReason.FailedAssignment, detail);
        return turn.Done();
    }

    /// <summary>No worker to be had. A rollback that waits for one stays for a human to decide; a session that only waited ends.</summary>
    private static void GiveUpSearch(SessionTurn turn, SessionReason reason, string detail)
    {
        if (turn.Session.State == SessionState.Rollback) AbandonRollback(turn, detail);
        else turn.Emit(new SessionFailed { To = SessionState.Failed, Reason = reason, Detail = detail });
    }
}
