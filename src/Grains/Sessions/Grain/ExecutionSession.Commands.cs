using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

internal sealed partial class ExecutionSession
{
    /// <summary>
    /// Starts the session. The dispatcher is asked first, so that creation, queue and assignment are one append; an offer that comes to nothing is
    /// given back.
    /// </summary>
    private async Task<SessionReply> Create(CreateSession create)
    {
        var moment = Now(create.Actor.Subject);
        var decision = SessionMachine.Decide(_session, new SessionInput.Asked(create), moment);
        if (decision is not Decision.Accepted created) return await Carry(create, decision);
        var (session, events) = (created.Session, created.Events);
        if (await Offer(session) is { } offer && SessionMachine.Decide(session, offer, moment with { By = "system" }) is Decision.Accepted assigned)
            (session, events) = (assigned.Session, [.. events, .. assigned.Events]);
        var reply = await Carry(create, new Decision.Accepted(session, events));
        if (reply.Refusal is null && !reply.Replayed) return reply;
        await Attempt(() => GrainFactory.GetGrain<IDispatch>(SessionFrames.DispatchKey(session)).Withdraw(session.Id));
        if (_session is null && !_suspect) DeactivateOnIdle();
        return reply;
    }

    /// <summary>Makes a decision durable and answers the one who asked.</summary>
    private async Task<SessionReply> Carry(SessionCommand command, Decision decision)
    {
        switch (decision)
        {
            case Decision.NoOp:
                return Reply();
            case Decision.Refused refused:
                return await Refused(command, refused.Refusal);
            case Decision.Accepted accepted:
                var extras = new CommitExtras { By = command.Actor.Subject, Action = SessionNotices.Action(command), Command = command };
                var outcome = await Commit(accepted.Session, accepted.Events, extras);
                if (outcome != AppendOutcome.Committed) return await NotCommitted(command, outcome, extras.Result);
                await Reconcile();
                // What the command made, so that a repeat under its key can be given the very same answer (hazard A02).
                return Reply(of: accepted.Session);
            default:
                throw new InvalidOperationException($"{command.GetType().Name} cannot be answered with {decision.GetType().Name}");
        }
    }

    private async Task<SessionReply> NotCommitted(SessionCommand command, AppendOutcome outcome, AppendResult result)
    {
        switch (outcome)
        {
            case AppendOutcome.TicketBusy:
                var busy = Refusal.Of("ticket_busy", "the ticket has a live session");
                return await Refused(command, result.Other is { } other ? busy.With("session_id", other.ToString()) : busy);
            case AppendOutcome.KeyUsed when result.Earlier is { } earlier && command.Idempotency is { } mark:
                return earlier.BodyDigest == mark.BodyDigest && earlier.Route == mark.Route
                    ? Reply(replayed: true)
                    : await Refused(command, Refusal.Of("idempotency_key_reused", "the key was used with another body"));
            default:
                return Unavailable();
        }
    }

    /// <summary>
    /// A vote: the task judges it, the session takes over what the task then says. The session looks at the task first, so that a decision or an
    /// expiry that it has not heard of does not surprise anyone.
    /// </summary>
    private async Task<SessionReply> Vote(DecideStep vote)
    {
        var moment = Now(vote.Actor.Subject);
        if (SessionMachine.Decide(_session, new SessionInput.Asked(vote), moment) is not Decision.Ballot) return await Carry(vote, Decide(vote, moment));
        var before = _session;
        if (!await LookAtTask()) return Unavailable();

        // What the task told has its effects, whatever becomes of this vote.
        if (!ReferenceEquals(before, _session)) await Reconcile();
        if (Decide(vote, moment) is not Decision.Ballot { Approval: var approval }) return await Carry(vote, Decide(vote, moment));
        ApprovalReply reply;
        try
        {
            var ballot = new ApprovalBallot(vote.Actor, vote.Approved, vote.Notes, vote.ApproverRole, vote.Digest, vote.TraceId);
            reply = await GrainFactory.GetGrain<IApprovalTask>(approval.Value).Vote(ballot);
        }
        catch (StoreUnavailableException)
        {
            return Unavailable();
        }

        var seen = reply.Task is { } task ? SessionMachine.Decide(_session, new SessionInput.TaskSeen(task), Now("system")) : null;
        if (reply.Refusal is { } refusal)
        {
            if (seen is Decision.Accepted { Events.Count: > 0 } late)
            {
                await Commit(late.Session, late.Events, new());
                await Reconcile();
            }

            // The task has left the row of the refused vote.
            return refusal.Code == "unavailable" ? Unavailable() : Reply(refusal);
        }

        return seen is Decision.Accepted ? await Carry(vote, seen) : Reply();
    }

    private Decision Decide(DecideStep vote, Moment moment) => SessionMachine.Decide(_session, new SessionInput.Asked(vote), moment);

    /// <summary>A refused command leaves its row too (hazard A08).</summary>
    private async Task<SessionReply> Refused(SessionCommand command, Refusal refusal)
    {
        var entry = SessionNotices.Refused(
            Id, command.Actor.Tenant, command.Actor.Subject, Now("").Now, command.TraceId, SessionNotices.Action(command), refusal.Code, refusal.Detail, command.Actor.Ip);
        return await Audited([entry]) ? Reply(refusal) : Unavailable();
    }

    private async Task<bool> Audited(ImmutableArray<AuditEntry> entries)
    {
        try
        {
            foreach (var entry in entries) await auditLog.Write(entry, CancellationToken.None);
            return true;
        }
        catch (StoreUnavailableException e)
        {
            LogAuditFailed(e, Id);
            return false;
        }
    }
}
