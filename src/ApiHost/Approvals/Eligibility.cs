using Cavra.Actors.ApiHost.Identity;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.ApiHost.Approvals;

/// <summary>Whether a person's vote on a task would count now; the vote itself is judged again when it is cast.</summary>
internal static class Eligibility
{
    /// <summary>The code with which the vote would be refused; null when it would count.</summary>
    public static string? Obstacle(ApprovalItem item, Actor actor)
    {
        if (item.State is ApprovalState.Approved or ApprovalState.Rejected) return "already_decided";
        if (item.State == ApprovalState.Expired) return "approval_expired";
        if (!actor.Holds(Roles.Approver)) return "forbidden";
        if (item.RequestedBy == actor.Subject) return "self_approval";
        if (item.Votes.Any(v => v.By == actor.Subject)) return "already_voted";
        return !Quorum(item, actor) ? "not_eligible" : null;
    }

    private static bool Quorum(ApprovalItem item, Actor actor) =>
        QuorumExpression.TryParse(item.Quorum, out var quorum, out _)
        && QuorumJudge.Advances(quorum, [.. item.Votes.Where(v => v.Approved).Select(v => new Subject(v.By, v.Held))], new Subject(actor.Subject, actor.Roles), item.RequestedBy);
}
