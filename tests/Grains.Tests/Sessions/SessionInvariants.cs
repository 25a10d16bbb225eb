using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>What holds of every session at every moment (HAZARDS, I1 to I6).</summary>
internal static class SessionInvariants
{
    public static void Check(SessionPlay play, string context)
    {
        var session = play.It;
        Dense(play, context);
        Fences(play, context);
        ResultsOnce(play, context);
        CommandsDecided(play, context);
        StateFits(session, context);
    }

    /// <summary>I3, I4: numbers without gap, nothing after the end.</summary>
    private static void Dense(SessionPlay play, string context)
    {
        for (var at = 0; at < play.Stored.Count; at++) play.Stored[at].EventId.ShouldBe(at + 1, context);
        var end = play.Events.FindIndex(e => EventTypes.IsFinal(e.Type));
        if (end >= 0) end.ShouldBe(play.Events.Count - 1, context);
        play.It.Ended.ShouldBe(end >= 0, context);
    }

    /// <summary>I6 and one live assignment: fences rise, and each ends before the next begins.</summary>
    private static void Fences(SessionPlay play, string context)
    {
        var fence = 0;
        foreach (var assigned in play.Events.OfType<SessionAssigned>())
        {
            assigned.Attempt.ShouldBe(fence + 1, context);
            fence = assigned.Attempt;
        }

        if (play.It.Run is { } run) run.Key.Assignment.ShouldBe(play.It.Placement.Assignment!.Value, context);
    }

    /// <summary>I5: one end for each run.</summary>
    private static void ResultsOnce(SessionPlay play, string context)
    {
        var ends = play.Events.Where(e => e is StepCompleted or StepFailed { Reason: not (StepReason.PolicyDenied or StepReason.Rejected) })
            .Select(e => (e.Step, ((RunEnded)e).Attempt)).ToList();
        ends.Distinct().Count().ShouldBe(ends.Count, context);
        foreach (var step in play.It.Steps) step.Settled.Distinct().Count().ShouldBe(step.Settled.Length, context);
    }

    /// <summary>I2: before each start its decision, and where the decision or a retry asks for one, an approval of that very attempt.</summary>
    private static void CommandsDecided(SessionPlay play, string context)
    {
        HashSet<(int?, int, bool)> decided = [];
        HashSet<(int, int)> approved = [];
        foreach (var happened in play.Events)
        {
            switch (happened)
            {
                case ApprovalResolved { Approved: true } resolved:
                    for (var at = 0; at < resolved.StepNumbers.Length; at++) approved.Add((resolved.StepNumbers[at], resolved.Attempts[at]));
                    resolved.Digest.ShouldBe(Gates.Digest(play.It, resolved.StepNumbers, resolved.Attempts), context);
                    break;
                case PolicyDecided { AssignmentId: not null } decision:
                    decision.Verdict.ShouldNotBe(Verdict.Deny, context);
                    decided.Add((decision.Step, decision.Attempt, decision.IsRollback));
                    var first = decision.Attempt == 1 && !decision.IsRollback;
                    var gated = play.It.Plan.Gates.Any(g => g.BeforeStep <= decision.Step && g.StepNumbers.Contains(decision.Step!.Value));
                    if (first && gated) approved.ShouldContain((decision.Step!.Value, decision.Attempt), context);
                    if (decision is { IsRollback: false, Attempt: > 1 } && play.It.Plan.Steps[decision.Step!.Value - 1].BlastRadius >= BlastRadius.Medium)
                        approved.ShouldContain((decision.Step!.Value, decision.Attempt), context);
                    break;
                case StepStarted started:
                    decided.ShouldContain((started.Step, started.Attempt, false), context);
                    break;
            }
        }
    }

    private static void StateFits(Session session, string context)
    {
        session.Approvals.Count(a => a.Open).ShouldBeLessThanOrEqualTo(1, context);
        (session.OpenApproval is not null).ShouldBe(session.State == SessionState.WaitingForApproval, context);
        (session.Rollback is not null).ShouldBe(session.State == SessionState.Rollback, context);
        if (session.Run is not null) (session.State is SessionState.Executing or SessionState.Rollback).ShouldBeTrue(context);
        if (session.State == SessionState.Queued) session.Placement.Kind.ShouldBe(PlacementKind.Seeking, context);
        if (session.State == SessionState.AssigningWorker) session.Placement.Kind.ShouldBe(PlacementKind.Offered, context);
        if (session.State == SessionState.Paused) session.Placement.Kind.ShouldBeOneOf(PlacementKind.None, PlacementKind.Held);
        if (session.Ended) session.Placement.Kind.ShouldBe(PlacementKind.None, context);

        // A live session always has something that can wake it: a clock, a worker, a person.
        if (session.State is SessionState.Executing or SessionState.Rollback or SessionState.Queued or SessionState.AssigningWorker or SessionState.WaitingForApproval)
            SessionMachine.NextDeadline(session).ShouldNotBeNull($"{context}: {session.State} with nothing to wake it");
        _ = SessionViews.Of(session);
    }
}
