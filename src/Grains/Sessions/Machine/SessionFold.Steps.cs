using System.Text;

namespace Cavra.Actors.Sessions;

internal static partial class SessionFold
{
    private static Session Decided(Session session, PolicyDecided e)
    {
        if (e.AssignmentId is not { } assignment || e.ResultBy is not { } resultBy) return session;
        var number = e.Step!.Value;
        var run = new Run { Key = new(assignment, number, e.Attempt, e.IsRollback), ResultBy = resultBy };
        return e.IsRollback
            ? session.WithStep(number, s => s with { RollbackAttempt = e.Attempt, RollbackState = StepState.Running }) with { Run = run }
            : session.WithStep(number, s => s with { State = StepState.Running, Dispatched = true, RetryAt = null, StartedAt = null, CompletedAt = null }) with
            {
                Run = run,
                Cursor = number,
            };
    }

    private static Session Started(Session session, StepStarted e) =>
        session.WithStep(e.Step!.Value, s => s with { StartedAt = e.At }) with { Run = session.Run! with { Started = true } };

    private static Session Output(Session session, StepOutput e) => session with
    {
        Run = session.Run! with
        {
            LastStreamSeq = e.StreamSeq,
            Bytes = e.Offset + (e.ChunkType == "status" ? 0 : Encoding.UTF8.GetByteCount(e.Data)),
        },
    };

    private static Session StepOver(Session session, RunEnded e, StepState state, StepReason? reason) => session.WithStep(e.Step!.Value, s => s with
    {
        State = state,
        Reason = reason,
        Outcome = e.Outcome,
        ExitCode = e.ExitCode,
        ExecutionMs = e.ExecutionMs,
        CompletedAt = e.At,
        CredentialsUsed = e.CredentialIds ?? s.CredentialsUsed,
        Detail = e.Detail,
        OutputBytes = session.Run?.Bytes ?? 0,
        OutputTruncated = e.Truncated,
        Unsettled = e.Outcome == StepOutcome.Unknown ? session.Run?.Key : null,
        Settled = e.Outcome == StepOutcome.Unknown || session.Run is null ? s.Settled : s.Settled.Add(session.Run.Key),
    }) with
    { Run = null };

    private static Session Retrying(Session session, StepRetrying e) => session.WithStep(e.Step!.Value, s => s with
    {
        State = StepState.Pending,
        Reason = null,
        Outcome = null,
        Attempt = e.Attempt,
        Gate = e.Approval,
        RetryAt = e.NextTryAt,
        AutomaticRetries = e.Automatic ? s.AutomaticRetries + 1 : s.AutomaticRetries,
        ExitCode = null,
        ExecutionMs = null,
        StartedAt = null,
        CompletedAt = null,
        Detail = null,
        RollbackState = null,
        RollbackOutcome = null,
        RollbackExitCode = null,
        Unsettled = null,
    }) with
    { Cursor = e.Step!.Value };

    private static Session RollbackBegins(Session session, RollbackStarted e) => session with
    {
        Rollback = new(e.StepNumbers, e.Then, e.Cause),
        PauseRequested = null,
    };

    private static Session RollbackOver(Session session, RollbackCompleted e)
    {
        var well = e.Outcome == StepOutcome.Succeeded;
        var rollback = session.Rollback!;
        return session.WithStep(e.Step!.Value, s => s with
        {
            State = well ? StepState.RolledBack : s.State,
            RollbackState = well ? StepState.Succeeded : StepState.Failed,
            RollbackOutcome = e.Outcome,
            RollbackExitCode = e.ExitCode,
            RollbackAttempt = e.Attempt,
            Unsettled = e.Outcome == StepOutcome.Unknown ? session.Run?.Key : s.Unsettled,
            Settled = e.Outcome == StepOutcome.Unknown || session.Run is null ? s.Settled : s.Settled.Add(session.Run.Key),
        }) with
        {
            Run = null,
            Rollback = rollback with { Remaining = rollback.Remaining.Remove(e.Step!.Value) },
        };
    }
}
