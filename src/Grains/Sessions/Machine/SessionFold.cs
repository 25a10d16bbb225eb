using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Sessions;

/// <summary>What each event does to the state. No decisions: whatever was decided stands in the event.</summary>
internal static partial class SessionFold
{
    /// <summary>The state that the first event begins.</summary>
    public static Session Begin(SessionId id, TenantId tenant, SessionPlan plan, SessionCreated created)
    {
        if (plan.Digest != created.PlanDigest) throw new InvalidOperationException($"session {id} was created with plan {created.PlanDigest}, not {plan.Digest}");
        var steps = ImmutableArray.CreateBuilder<StepProgress>(plan.Steps.Length);
        foreach (var step in plan.Steps) steps.Add(new() { Number = step.Number });
        return new()
        {
            Id = id,
            Tenant = tenant,
            Plan = plan,
            TicketId = created.TicketId,
            RequestedBy = created.RequestedBy,
            IdempotencyKey = created.IdempotencyKey,
            UseWorkers = created.UseWorkers,
            CreatedAt = created.At,
            Steps = steps.MoveToImmutable(),
            LastSeq = 1,
        };
    }

    /// <summary>The state after one more event.</summary>
    public static Session Apply(Session session, SessionEvent happened)
    {
        var next = happened switch
        {
            SessionQueued e => Queued(session, e),
            SessionAssigned e => Assigned(session, e),
            SessionAssignmentFailed e => AssignmentFailed(session, e),
            SessionPaused => EndSearch(session) with { PauseRequested = null, Rollback = null },
            SessionResumed e => session with { Cursor = e.NextStep, PauseRequested = null },
            SessionDirective e => Directed(session, e),
            SessionCompleted or SessionFailed or SessionCancelled => End(session, happened),
            ApprovalRequested e => Requested(Hold(session, e.At), e),
            ApprovalNotified e => session.WithApproval(e.ApprovalId, a => a with { State = ApprovalState.Notified }),
            ApprovalVoted e => session.WithApproval(e.ApprovalId, a => a with { Votes = a.Votes.Add(Vote(e)) }),
            ApprovalResolved e => Resolved(e.Automatic ? Hold(session, e.At) : session, e),
            ApprovalExpired e => Expired(session, e),
            PolicyDecided e => Decided(Hold(session, e.At), e),
            StepStarted e => Started(session, e),
            StepOutput e => Output(session, e),
            StepCompleted e => StepOver(session, e, StepState.Succeeded, null) with { Cursor = e.Step!.Value + 1 },
            StepFailed e => StepOver(session, e, StepState.Failed, e.Reason),
            StepRetrying e => Retrying(session, e),
            RollbackStarted e => RollbackBegins(session, e),
            RollbackCompleted e => RollbackOver(session, e),
            WorkerLost e => Lost(session, e),
            WorkerRecovered e => Recovered(session, e),
            CredentialLeased e => session.WithStep(e.Step!.Value, s => s with { CredentialsUsed = e.CredentialIds }),
            CredentialRevoked => session,
            SessionCreated => throw new InvalidOperationException($"session {session.Id} was created already"),
            _ => throw new InvalidOperationException($"no fold for {happened.Type}"),
        };
        return happened is MovingEvent { To: { } to } moving
            ? next with
            {
                LastSeq = session.LastSeq + 1,
                State = to,
                Reason = moving.StateReason,
                Detail = moving.Detail,
                StartedAt = to == SessionState.Executing ? next.StartedAt ?? moving.At : next.StartedAt,
            }
            : next with { LastSeq = session.LastSeq + 1 };
    }

    private static Session Directed(Session session, SessionDirective e)
    {
        if (e.AfterStep) return session with { PauseRequested = e.Reason };
        return e.StopBy is { } stopBy && session.Run is { } run
            ? session with { Run = run with { Stop = new(e.RollbackStep, stopBy, e.Reason) } }
            : session;
    }

    private static Session End(Session session, SessionEvent e) =>
        Leave(session, null) with { CompletedAt = e.At, Run = null, Rollback = null, PauseRequested = null };
}
