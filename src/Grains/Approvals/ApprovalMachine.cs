using System.Collections.Immutable;
using System.Globalization;
using Cavra.Actors.Identity;
using Cavra.Actors.Subjects;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Approvals;

/// <summary>What a command led to: events, nothing (a repeat), or a refusal, which may carry the expiry that time alone caused.</summary>
internal readonly record struct ApprovalDecision(ImmutableArray<ApprovalEvent> Events, Refusal? Refusal = null);

/// <summary>
/// The approval task's rules (spec 2.1, 4.2, 4.3; hazards C03, C04, C12, A08). Pure; the state is the task's own view. The table of
/// docs/approval-states.md is made by walking it.
/// </summary>
internal static class ApprovalMachine
{
    /// <summary>Reason of a task whose SLA was breached.</summary>
    public const string Sla = "sla";

    /// <summary>Reason of a task that no longer decides anything.</summary>
    public const string Voided = "voided";

    public static ApprovalDecision Decide(ApprovalTaskView? task, ApprovalCommand command) => (task, command) switch
    {
        (null, ApprovalCommand.Open open) => new([new ApprovalEvent.Opened(open.Request), new ApprovalEvent.Notified()]),
        (not null, ApprovalCommand.Open) => new([]),
        (null, ApprovalCommand.Vote) => new([], Refusal.Of("not_found", "There is no such approval.")),
        (not null, ApprovalCommand.Vote vote) => Vote(task, vote),
        (_, ApprovalCommand.Void voided) => IsOpen(task) ? new([new ApprovalEvent.Expired(Voided, voided.Reason, voided.Now)]) : new([]),
        (_, ApprovalCommand.Tick tick) => IsOpen(task) && task!.Request.ExpiresAt <= tick.Now ? new([Breach(tick.Now)]) : new([]),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    public static ApprovalTaskView? Apply(ApprovalTaskView? task, ImmutableArray<ApprovalEvent> events)
    {
        foreach (var e in events) task = Apply(task, e);
        return task;
    }

    public static ApprovalTaskView Apply(ApprovalTaskView? task, ApprovalEvent e) => e switch
    {
        ApprovalEvent.Opened opened => new() { Request = opened.Request, State = ApprovalState.Pending },
        ApprovalEvent.Notified => task! with { State = ApprovalState.Notified },
        ApprovalEvent.Voted voted => task! with { Votes = task.Votes.Add(voted.Vote) },
        ApprovalEvent.Decided decided => task! with { State = decided.Approved ? ApprovalState.Approved : ApprovalState.Rejected, ResolvedAt = decided.At },
        ApprovalEvent.Expired expired => task! with { State = ApprovalState.Expired, Reason = expired.Reason, ResolvedAt = expired.At },
        _ => throw new InvalidOperationException($"no rule for {e.GetType().Name}"),
    };

    public static bool IsOpen(ApprovalTaskView? task) => task?.State is ApprovalState.Pending or ApprovalState.Notified;

    /// <summary>The task that the session opens next, which succeeds this one when its SLA is breached.</summary>
    public static ApprovalId? Successor(ApprovalTaskView task)
    {
        var text = task.Request.ApprovalId.Value;
        return int.TryParse(text.AsSpan(text.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            ? ApprovalId.For(task.Request.Session, ordinal + 1)
            : null;
    }

    private static ApprovalEvent.Expired Breach(DateTimeOffset now) => new(Sla, "nobody decided in time", now);

    private static ApprovalDecision Vote(ApprovalTaskView task, ApprovalCommand.Vote command)
    {
        if (!IsOpen(task)) return new([], Ended(task));

        // The clock decides, not the timer: a vote that comes before its tick is late all the same (C04).
        if (task.Request.ExpiresAt <= command.Now)
        {
            var breach = Breach(command.Now);
            return new([breach], Ended(Apply(task, breach)));
        }

        return Objection(task, command.Ballot) is { } refusal ? new([], refusal) : Count(task, command);
    }

    private static Refusal? Objection(ApprovalTaskView task, ApprovalBallot ballot)
    {
        var actor = ballot.Actor;
        var request = task.Request;
        if (actor.Tenant != request.Tenant) return Refusal.Of("not_found", "There is no such approval.");
        if (actor.Person == request.RequestedBy || actor.Subject == request.RequestedBy)
            return Refusal.Of("self_approval", "Who started the session may not decide on it.");
        if (ballot.ApproverRole is { } role && !actor.Holds(role))
            return Refusal.Of("role_not_held", $"The token does not hold the role {role}.");
        if (ballot.Digest is { } digest && !string.Equals(digest, request.Digest, StringComparison.OrdinalIgnoreCase))
            return Refusal.Of("digest_mismatch", "What would run is not what was shown. Read the approval again.");
        if (task.Votes.Any(v => Person(v) == actor.Person || v.By == actor.Subject))
            return Refusal.Of("already_voted", "This person has voted on this approval already.");
        return CanCount(task, ballot)
            ? null
            : Refusal.Of("not_eligible", $"This needs {request.Quorum}; {QuorumJudge.Progress(Quorum(task), Voted(task), request.RequestedBy)}. This vote would not count.");
    }

    private static ApprovalDecision Count(ApprovalTaskView task, ApprovalCommand.Vote command)
    {
        var ballot = command.Ballot;
        var named = Quorum(task).Alternatives.SelectMany(a => a).Select(c => c.Role);
        var role = ballot.ApproverRole ?? named.FirstOrDefault(ballot.Actor.Holds) ?? QuorumJudge.ApproverRole;
        var vote = new ApprovalVote(ballot.Actor.Subject, role, ballot.Approved, ballot.Notes, command.Now) { Held = ballot.Actor.Roles, Owner = ballot.Actor.Owner };
        var voted = new ApprovalEvent.Voted(vote);
        if (!ballot.Approved) return new([voted, new ApprovalEvent.Decided(false, command.Now)]);
        return QuorumJudge.IsMet(Quorum(task), Voted(Apply(task, voted)), task.Request.RequestedBy)
            ? new([voted, new ApprovalEvent.Decided(true, command.Now)])
            : new([voted]);
    }

    /// <summary>A vote against ends the task, so it need not bring the quorum nearer; both need a role that the quorum names (C12).</summary>
    private static bool CanCount(ApprovalTaskView task, ApprovalBallot ballot)
    {
        var voter = new Subject(ballot.Actor.Person, ballot.Actor.Roles);
        return ballot.Approved
            ? QuorumJudge.Advances(Quorum(task), Voted(task), voter, task.Request.RequestedBy)
            : QuorumJudge.Counts(Quorum(task), voter);
    }

    private static QuorumExpression Quorum(ApprovalTaskView task) => QuorumExpression.Parse(task.Request.Quorum);

    private static Subject[] Voted(ApprovalTaskView task) => [.. task.Votes.Where(v => v.Approved).Select(v => new Subject(Person(v), v.Held))];

    private static string Person(ApprovalVote vote) => vote.Owner ?? vote.By;

    private static Refusal Ended(ApprovalTaskView task)
    {
        if (task.State is ApprovalState.Approved or ApprovalState.Rejected)
        {
            var last = task.Votes[^1];
            return Refusal.Of("already_decided", $"{last.By} decided this already.")
                .With("decided_by", last.By)
                .With("decided_at", last.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        }

        if (task.Reason != Sla) return Refusal.Of("not_awaiting_approval", "This approval was voided: what it covered changed or ended.");
        var refusal = Refusal.Of("approval_expired", "Nobody decided in time. The successor can still be decided.");
        return Successor(task) is { } successor ? refusal.With("successor", successor.Value) : refusal;
    }
}
