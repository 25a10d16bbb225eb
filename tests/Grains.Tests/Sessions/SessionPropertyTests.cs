using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;
using FsCheck;
using FsCheck.Fluent;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

public class SessionPropertyTests
{
    /// <summary>Any plan, anything that can come, in any order: the invariants hold, and a replay of what was stored is the state (checked by the play itself).</summary>
    [Fact]
    public void AnyPlan_AnyInputs_KeepTheInvariants() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1500),
            Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), any =>
            {
                var seed = any.Item;
                var random = new System.Random(seed);
                var play = new SessionPlay(AnyPlan(random));
                for (var i = 0; i < 60; i++)
                {
                    play.Now += TimeSpan.FromMilliseconds(random.Next(0, 4) == 0 ? random.Next(0, 40_000) : random.Next(0, 300));
                    var before = play.It;
                    var input = Any(random, play);
                    var decision = play.Do(input, "someone");
                    var context = $"seed {seed}, input {i} {input}";
                    SessionInvariants.Check(play, context);
                    if (decision is not (Decision.Accepted or Decision.Settled)) ReferenceEquals(before, play.It).ShouldBeTrue(context);
                    if (before.Ended) ReferenceEquals(before, play.It).ShouldBeTrue(context);
                }
            }));

    /// <summary>Stored events lead to the same state from any point on (invariant I3, hazard A10).</summary>
    [Fact]
    public void AnySession_ReadAtAnyEvent_IsAPrefixOfItself()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new System.Random(seed);
            var play = new SessionPlay(AnyPlan(random));
            for (var i = 0; i < 40; i++) play.Do(Any(random, play));
            for (var at = 1L; at <= play.It.LastSeq; at++)
            {
                var view = SessionHistoryFold.View(play.History(), at)!;
                view.LastEventSeq.ShouldBe(at, $"seed {seed}");
            }

            SessionPlay.Text(play.Replay()).ShouldBe(SessionPlay.Text(play.It));
        }
    }

    private static SessionPlan AnyPlan(System.Random random)
    {
        var steps = Enumerable.Range(1, random.Next(1, 5)).Select(n => Step(n, s => AnyStep(random, s))).ToArray();
        var plan = Plan(steps).In((TargetEnvironment)random.Next(0, 3));
        if (random.Next(0, 3) == 0) return plan with { Gates = [Gate(1, [.. steps.Select(s => s.Number)])] };
        if (random.Next(0, 4) == 0) return plan with { Gates = [Gate(steps.Length + 1, [steps.Length])], ValidationMode = ValidationMode.FinalOnly };
        foreach (var step in steps)
        {
            if (random.Next(0, 2) == 0) continue;
            plan = random.Next(0, 3) == 0 ? plan.AutomaticAt(step.Number) : plan.GatedAt(step.Number);
        }

        return plan;
    }

    private static PlannedStep AnyStep(System.Random random, PlannedStep step)
    {
        if (random.Next(0, 2) == 0) step = WithRollback(step);
        if (random.Next(0, 12) == 0) step = step with { RollbackDecision = Denied };
        return step with
        {
            OnFailure = (OnFailure)random.Next(0, 3),
            MaxRetries = random.Next(0, 3),
            BlastRadius = (BlastRadius)random.Next(0, 3),
            Critical = random.Next(0, 5) == 0,
            Credentials = random.Next(0, 3) == 0 ? [new("cred-db", null, 60)] : [],
        };
    }

    private static SessionInput Any(System.Random random, SessionPlay play)
    {
        var session = play.It;
        var worker = random.Next(0, 8) == 0 ? WorkerB : session.Placement.Worker ?? session.Former?.Placement.Worker ?? WorkerA;
        return random.Next(0, 20) switch
        {
            0 => new SessionInput.Asked(new PauseSession("p") { Actor = Operator }),
            1 when random.Next(0, 6) == 0 => new SessionInput.Asked(new CancelSession("c") { Actor = Operator }),
            2 or 3 => new SessionInput.Asked(new GiveDirective((DirectiveKind)random.Next(0, 4), "d") { Actor = Operator }),
            4 => new SessionInput.Asked(new RollBackSession(random.Next(0, 2) == 0 ? null : random.Next(0, 6), "r") { Actor = Operator }),
            5 => new SessionInput.TimePassed(random.Next(0, 2) == 0 ? null : play.Now),
            6 => new SessionInput.WorkerGone(worker, play.Assignment),
            7 => new SessionInput.WorkerBack(worker, play.Assignment),
            8 or 9 or 10 => new SessionInput.Offered(random.Next(0, 2) == 0 ? WorkerA : WorkerB, TransportChannel.Websocket),
            11 or 12 when !session.Approvals.IsEmpty => new SessionInput.TaskSeen(AnyTask(random, play)),
            _ => new SessionInput.Told(worker, AnyFrame(random, play)),
        };
    }

    private static ApprovalTaskView AnyTask(System.Random random, SessionPlay play)
    {
        var approval = play.It.OpenApproval ?? play.It.Approvals[^1];
        var vote = new ApprovalVote("anna", "approver", random.Next(0, 4) > 0, null, play.Now) { Held = ["approver"] };
        return random.Next(0, 4) switch
        {
            0 => play.Task(ApprovalState.Notified, null, approval.Votes),
            1 => play.Task(ApprovalState.Expired, random.Next(0, 2) == 0 ? "sla" : "voided", approval.Votes),
            _ => play.Task(vote.Approved ? ApprovalState.Approved : ApprovalState.Rejected, null, [.. approval.Votes, vote]),
        };
    }

    private static SessionFrame AnyFrame(System.Random random, SessionPlay play)
    {
        SessionFrame frame = random.Next(0, 8) switch
        {
            0 => play.Ack(random.Next(0, 6) > 0),
            1 or 2 => play.Preflight(random.Next(0, 6) > 0),
            3 => play.Started(),
            4 => play.Output((play.It.Run?.LastStreamSeq ?? 0) + random.Next(0, 3)),
            _ => play.Result((StepOutcome)random.Next(0, 4), random.Next(0, 3) == 0 ? 1 : 0),
        };
        if (random.Next(0, 10) == 0) frame = frame with { AssignmentId = AssignmentId.For(Number, random.Next(0, 4)) };
        return frame is StepResultFrame result && random.Next(0, 6) == 0 ? result with { StepNumber = random.Next(0, 6), Attempt = random.Next(0, 4) } : frame;
    }
}
