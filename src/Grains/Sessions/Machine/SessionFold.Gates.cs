using Cavra.Actors.Approvals;

namespace Cavra.Actors.Sessions;

internal static partial class SessionFold
{
    private static ApprovalVote Vote(ApprovalVoted e) => new(e.Voter, e.Role, e.Approved, e.Notes, e.VotedAt) { Held = e.Held, Owner = e.Owner };

    private static Session Requested(Session session, ApprovalRequested e)
    {
        var asked = session with
        {
            Approvals = session.Approvals.Add(new()
            {
                Id = e.ApprovalId,
                Gate = e.Gate,
                StepNumbers = e.StepNumbers,
                Attempts = e.Attempts,
                State = ApprovalState.Pending,
                Digest = e.Digest,
                Quorum = e.Quorum,
                RequestedAt = e.At,
                ExpiresAt = e.ExpiresAt,
                EscalatedFrom = e.EscalatedFrom,
            }),
        };
        return Mark(asked, e, StepState.AwaitingApproval);
    }

    private static Session Resolved(Session session, ApprovalResolved e)
    {
        if (e.Automatic)
        {
            var added = session with
            {
                Approvals = session.Approvals.Add(new()
                {
                    Id = e.ApprovalId,
                    Gate = e.Gate,
                    StepNumbers = e.StepNumbers,
                    Attempts = e.Attempts,
                    State = ApprovalState.Approved,
                    Digest = e.Digest,
                    Quorum = e.Quorum,
                    RequestedAt = e.At,
                    DecidedAt = e.DecidedAt,
                    DecidedBy = e.DecidedBy,
                    Automatic = true,
                }),
            };
            return Mark(added, e, StepState.Approved);
        }

        var decided = session.WithApproval(e.ApprovalId, a => a with
        {
            State = e.Approved ? ApprovalState.Approved : ApprovalState.Rejected,
            DecidedAt = e.DecidedAt,
            DecidedBy = e.DecidedBy,
        });
        return e.Approved ? Mark(decided, e, StepState.Approved) : Rejected(decided, e);
    }

    /// <summary>The first step that waited was rejected; those behind it wait no more.</summary>
    private static Session Rejected(Session session, ApprovalResolved e)
    {
        var first = true;
        foreach (var number in e.StepNumbers)
        {
            if (!session.Steps[number - 1].IsAhead) continue;
            var rejected = first;
            first = false;
            session = session.WithStep(number, s => rejected
                ? s with { State = StepState.Failed, Reason = StepReason.Rejected, Outcome = StepOutcome.NotRun, CompletedAt = e.At }
                : s with { State = StepState.Pending });
        }

        return session;
    }

    private static Session Expired(Session session, ApprovalExpired e)
    {
        var over = session.WithApproval(e.ApprovalId, a => a with { State = ApprovalState.Expired, Reason = e.Reason, Successor = e.Successor, DecidedAt = e.At });
        return e.Successor is null ? Mark(over, e, StepState.Pending) : over;
    }

    private static Session Mark(Session session, GateEvent e, StepState state)
    {
        foreach (var number in e.StepNumbers)
            if (session.Steps[number - 1].IsAhead) session = session.WithStep(number, s => s with { State = state });
        return session;
    }
}
