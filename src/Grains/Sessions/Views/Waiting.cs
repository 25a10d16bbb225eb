namespace Cavra.Actors.Sessions;

/// <summary>In plain words, what a session waits for.</summary>
internal static class Waiting
{
    public static string For(Session session, DateTimeOffset now) => session.State switch
    {
        SessionState.Completed or SessionState.Failed or SessionState.Cancelled => "nothing: the session has ended",
        SessionState.WaitingForApproval when session.OpenApproval is { } open =>
            $"approval {open.Id}: {open.Quorum}, for step {string.Join(", ", open.StepNumbers)}",
        SessionState.Paused => $"a directive (retry, resume, rollback or cancel){(session.Detail is { } detail ? ": " + detail : "")}",
        _ when session.Placement.Kind == PlacementKind.Seeking => session.Placement.NextTryAt > now
            ? "the wait after a failed assignment"
            : "a worker that fits",
        _ when session.Placement.Kind == PlacementKind.Offered => $"worker {session.Placement.Worker} to acknowledge and pass its pre-flight",
        _ when session.Run is { Stop: not null } run => $"step {run.Key.Step} to stop",
        _ when session.Run is { Key.IsRollback: true } run => $"the rollback of step {run.Key.Step} on worker {session.Placement.Worker}",
        _ when session.Run is { } run => $"step {run.Key.Step} on worker {session.Placement.Worker}",
        _ => NextTryAt(session) is null ? "nothing" : $"the wait before step {session.Cursor} is tried again",
    };

    /// <summary>When something is tried again by the clock.</summary>
    public static DateTimeOffset? NextTryAt(Session session) => session switch
    {
        { Placement: { Kind: PlacementKind.Seeking, NextTryAt: { } next } } => next,
        { State: SessionState.Executing, Run: null } when session.Cursor <= session.Steps.Length => session.Steps[session.Cursor - 1].RetryAt,
        _ => null,
    };
}
