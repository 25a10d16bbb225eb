using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

internal static partial class SessionMachine
{
    /// <summary>Opens a gate. True when it resolved by itself and the session may go on in this turn.</summary>
    private static bool OpenGate(SessionTurn turn, GateNeeded gate, ApprovalId? escalatedFrom)
    {
        var session = turn.Session;
        var id = ApprovalId.For(session.Id, session.Approvals.Length + 1);
        var digest = Gates.Digest(session, gate.StepNumbers, gate.Attempts);
        if (gate.Automatic)
        {
            turn.Emit(new ApprovalResolved
            {
                Step = gate.StepNumbers[0],
                To = SessionState.Executing,
                ApprovalId = id,
                StepNumbers = gate.StepNumbers,
                Attempts = gate.Attempts,
                Digest = digest,
                Quorum = gate.Quorum,
                Approved = true,
                Automatic = true,
                Rules = gate.Rules,
                Gate = gate.Gate,
                DecidedBy = "policy",
                DecidedAt = turn.Now,
            });
            return true;
        }

        turn.Emit(new ApprovalRequested
        {
            Step = gate.StepNumbers[0],
            To = SessionState.WaitingForApproval,
            ApprovalId = id,
            StepNumbers = gate.StepNumbers,
            Attempts = gate.Attempts,
            Digest = digest,
            Quorum = gate.Quorum,
            Rules = gate.Rules,
            Gate = gate.Gate,
            ExpiresAt = turn.Now + turn.Options.ApprovalSla(session.Plan.Environment),
            EscalatedFrom = escalatedFrom,
        });
        return false;
    }

    /// <summary>Takes from the task what the session does not know yet: notice, votes by ordinal, the decision.</summary>
    private static Decision SeeTask(SessionTurn turn, ApprovalTaskView task)
    {
        var open = turn.Session.OpenApproval!;
        if (task.Request.ApprovalId != open.Id || task.Request.Digest != open.Digest) return SessionTurn.NoOp("other_approval");
        if (open.State == ApprovalState.Pending && task.State != ApprovalState.Pending && task.Reason != "voided")
            turn.Emit(new ApprovalNotified { Step = open.StepNumbers[0], ApprovalId = open.Id, StepNumbers = open.StepNumbers, Digest = open.Digest, Quorum = open.Quorum });
        foreach (var vote in task.Votes.AsSpan()[Math.Min(open.Votes.Length, task.Votes.Length)..]) turn.Emit(Voted(open, vote), vote.By);
        switch (task.State)
        {
            case ApprovalState.Approved:
                turn.Emit(Resolved(open, task, SessionState.Executing), LastVoter(task));
                GoOn(turn);
                break;
            case ApprovalState.Rejected:
                turn.Emit(Resolved(open, task, null), LastVoter(task));
                turn.Emit(new SessionPaused { To = SessionState.Paused, Reason = SessionReason.Rejected, Detail = $"rejected by {LastVoter(task)}" });
                break;
            case ApprovalState.Expired:
                Escalate(turn, open, task.Reason ?? "sla");
                break;
        }

        return turn.Done();
    }

    /// <summary>Spec 4.3: the breached task ends, a successor opens, the session keeps waiting.</summary>
    private static void Escalate(SessionTurn turn, SessionApproval open, string reason)
    {
        turn.Emit(Expire(open, reason, ApprovalId.For(turn.Session.Id, turn.Session.Approvals.Length + 1)));
        OpenGate(turn, new(open.Gate, open.StepNumbers, open.Attempts, open.Quorum, false, []), open.Id);
    }

    /// <summary>Ends the open gate undecided: the session leaves it.</summary>
    private static void VoidGate(SessionTurn turn)
    {
        if (turn.Session.OpenApproval is { } open) turn.Emit(Expire(open, "voided", null));
    }

    private static ApprovalExpired Expire(SessionApproval open, string reason, ApprovalId? successor) => new()
    {
        Step = open.StepNumbers[0],
        ApprovalId = open.Id,
        StepNumbers = open.StepNumbers,
        Digest = open.Digest,
        Quorum = open.Quorum,
        Reason = reason,
        Successor = successor,
    };

    private static ApprovalVoted Voted(SessionApproval open, ApprovalVote vote) => new()
    {
        Step = open.StepNumbers[0],
        ApprovalId = open.Id,
        StepNumbers = open.StepNumbers,
        Digest = open.Digest,
        Quorum = open.Quorum,
        Voter = vote.By,
        Role = vote.Role,
        Approved = vote.Approved,
        Notes = vote.Notes,
        VotedAt = vote.At,
        Held = vote.Held,
        Owner = vote.Owner,
    };

    private static ApprovalResolved Resolved(SessionApproval open, ApprovalTaskView task, SessionState? to) => new()
    {
        Step = open.StepNumbers[0],
        To = to,
        ApprovalId = open.Id,
        StepNumbers = open.StepNumbers,
        Attempts = open.Attempts,
        Digest = open.Digest,
        Quorum = open.Quorum,
        Approved = task.State == ApprovalState.Approved,
        Automatic = false,
        Gate = open.Gate,
        DecidedBy = LastVoter(task),
        DecidedAt = task.ResolvedAt ?? task.Votes[^1].At,
    };

    private static string LastVoter(ApprovalTaskView task) => task.Votes.IsEmpty ? "system" : task.Votes[^1].By;

    private static Decision FindGate(Session session, DecideStep vote)
    {
        if (NoSuchStep(session, vote.StepNumber) is { } none) return none;
        var open = session.OpenApproval!;
        return open.StepNumbers.Contains(vote.StepNumber) && (vote.ApprovalId is null || vote.ApprovalId == open.Id)
            ? new Decision.Ballot(open.Id)
            : NotOpen(session, vote);
    }

    /// <summary>Why a vote meets no open gate: decided, expired, or not asked for.</summary>
    private static Decision NotOpen(Session session, DecideStep vote)
    {
        if (NoSuchStep(session, vote.StepNumber) is { } none) return none;
        var meant = session.Approvals.LastOrDefault(a => vote.ApprovalId is { } id ? a.Id == id : a.StepNumbers.Contains(vote.StepNumber));
        return meant switch
        {
            { State: ApprovalState.Approved or ApprovalState.Rejected } decided => new Decision.Refused(
                Refusal.Of("already_decided", $"{decided.DecidedBy} decided {decided.Id}")
                    .With("decided_by", decided.DecidedBy ?? "system")
                    .With("decided_at", (decided.DecidedAt ?? decided.RequestedAt).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture))),
            { State: ApprovalState.Expired } expired when vote.ApprovalId is not null => new Decision.Refused(
                Successor(Refusal.Of("approval_expired", $"{expired.Id} expired undecided"), expired)),
            _ => SessionTurn.Refuse("not_awaiting_approval", $"no open approval covers step {vote.StepNumber}"),
        };
    }

    private static Refusal Successor(Refusal refusal, SessionApproval expired) =>
        expired.Successor is { } successor ? refusal.With("successor", successor.Value) : refusal;

    private static Decision? NoSuchStep(Session session, int step) =>
        step >= 1 && step <= session.Steps.Length ? null : SessionTurn.Refuse("no_such_step", $"the session has steps 1 to {session.Steps.Length}");
}
