using System.Text;
using System.Text.Json;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Testing.Documents;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

public class SessionTableTests
{
    private static IEnumerable<(string Name, Func<SessionPlay> Make)> Situations =>
    [
        ("queued", () => new(Steps(3, WithRollback))),
        ("queued, after a failed assignment", () => Then(new SessionPlay(Steps(3, WithRollback)).Offer(), p => p.TimePasses(TimeSpan.FromSeconds(5)))),
        ("assigning a worker", () => new SessionPlay(Steps(3, WithRollback)).Offer()),
        ("a step runs", () => new SessionPlay(Steps(3, WithRollback)).Ready().Succeed()),
        ("a step is to be stopped for a rollback", () => Then(new SessionPlay(Steps(3, WithRollback)).Ready(), p => p.Ask(new RollBackSession(null, "undo") { Actor = Operator }))),
        ("between a failure and its retry", () => new SessionPlay(Steps(3, s => s with { MaxRetries = 1 })).Ready().Fail()),
        ("a gate is open", () => new SessionPlay(Steps(3, WithRollback).GatedAt(2)).Ready().Succeed()),
        ("the final gate is open", () => new SessionPlay(Steps(1).GatedOver(2, 1)).Ready().Succeed()),
        ("paused by an operator", () => Then(new SessionPlay(Steps(3, WithRollback).GatedAt(2)).Ready().Succeed(), p => p.Ask(new PauseSession("x") { Actor = Operator }))),
        ("paused after a rejection", () => new SessionPlay(Steps(3, WithRollback).GatedAt(2)).Ready().Succeed().Vote(false)),
        ("paused after a lost worker", () => Then(new SessionPlay(Steps(3)).Ready(), p => p.Do(new SessionInput.WorkerGone(WorkerA, p.Assignment)))),
        ("a rollback runs", () => new SessionPlay(Steps(3, WithRollback)).Ready().Succeed().Fail()),
        ("a rollback waits for a worker", () => Then(new SessionPlay(Steps(3, WithRollback)).Ready(), p => p.Do(new SessionInput.WorkerGone(WorkerA, p.Assignment)))),
        ("completed", () => new SessionPlay(Steps(1)).Ready().Succeed()),
        ("failed", () => new SessionPlay(Steps(1)).Ready().Fail()),
        ("cancelled", () => Then(new SessionPlay(Steps(1)).Ready(), p => p.Ask(new CancelSession("x") { Actor = Operator }))),
    ];

    private static IEnumerable<(string Name, Func<SessionPlay, SessionInput> Make)> Inputs =>
    [
        ("create", p => new SessionInput.Asked(new CreateSession { Actor = Operator, TicketId = "INC-1", Plan = p.It.Plan })),
        ("vote on step 2", _ => new SessionInput.Asked(new DecideStep { Actor = Operator, StepNumber = 2, Approved = true })),
        ("vote on step 9", _ => new SessionInput.Asked(new DecideStep { Actor = Operator, StepNumber = 9, Approved = true })),
        ("pause", _ => new SessionInput.Asked(new PauseSession("x") { Actor = Operator })),
        ("cancel", _ => new SessionInput.Asked(new CancelSession("x") { Actor = Operator })),
        ("roll back", _ => new SessionInput.Asked(new RollBackSession(null, "x") { Actor = Operator })),
        ("roll back step 1", _ => new SessionInput.Asked(new RollBackSession(1, "x") { Actor = Operator })),
        ("directive retry", _ => new SessionInput.Asked(new GiveDirective(DirectiveKind.Retry, "x") { Actor = Operator })),
        ("directive resume", _ => new SessionInput.Asked(new GiveDirective(DirectiveKind.Resume, "x") { Actor = Operator })),
        ("directive rollback", _ => new SessionInput.Asked(new GiveDirective(DirectiveKind.Rollback, "x") { Actor = Operator })),
        ("directive cancel", _ => new SessionInput.Asked(new GiveDirective(DirectiveKind.Cancel, "x") { Actor = Operator })),
        ("a worker is offered", _ => new SessionInput.Offered(WorkerB, TransportChannel.Websocket)),
        ("ACK", p => Told(p, p.Ack())),
        ("worker says no", p => Told(p, p.Ack(false))),
        ("pre-flight good", p => Told(p, p.Preflight())),
        ("pre-flight bad", p => Told(p, p.Preflight(false))),
        ("step started", p => Told(p, p.Started())),
        ("next output", p => Told(p, p.Output((p.It.Run?.LastStreamSeq ?? 0) + 1))),
        ("output with a gap", p => Told(p, p.Output((p.It.Run?.LastStreamSeq ?? 0) + 2))),
        ("result good", p => Told(p, p.Result())),
        ("result bad", p => Told(p, p.Result(StepOutcome.Failed, 1))),
        ("result unknown", p => Told(p, p.Result(StepOutcome.Unknown, null))),
        ("result under another fence", p => Told(p, p.Result() with { AssignmentId = AssignmentId.For(Number, 9) })),
        ("task approved", p => Task(p, ApprovalState.Approved, null, true)),
        ("task rejected", p => Task(p, ApprovalState.Rejected, null, false)),
        ("task's SLA breached", p => Task(p, ApprovalState.Expired, "sla", null)),
        ("worker gone", p => new SessionInput.WorkerGone(p.It.Placement.Worker ?? WorkerA, p.Assignment)),
        ("worker back", p => new SessionInput.WorkerBack(p.It.Placement.Worker ?? WorkerA, p.Assignment)),
        ("an hour passes", p => new SessionInput.TimePassed(null)),
    ];

    [Fact]
    public void A01_EverySituation_EveryInput_IsWhatThePageSays() => GeneratedDocument.Difference("docs/session-states.md", Page()).ShouldBeNull();

    [Fact]
    public void A01_EveryState_IsAmongTheSituations() =>
        Situations.Select(s => s.Make().State).Distinct().Order().ShouldBe(Enum.GetValues<SessionState>().Order());

    [Fact]
    public void A01_EverySituation_EveryInput_KeepsTheInvariants()
    {
        foreach (var (situation, make) in Situations)
        {
            foreach (var (name, input) in Inputs)
            {
                var play = make();
                var before = play.Events.Count;
                play.Do(Later(play, name, input(play)));
                SessionInvariants.Check(play, $"{name} in {situation}");
                play.Do(Later(play, name, input(play)));
                SessionInvariants.Check(play, $"{name} twice in {situation}");
                play.Events.Count.ShouldBeGreaterThanOrEqualTo(before);
            }
        }
    }

    private static string Page()
    {
        var page = new StringBuilder();
        page.Append("# ExecutionSession: every situation and input\n\n");
        page.Append("Made by `SessionTableTests` from `src/Grains/Sessions/Machine`; do not edit (set `CAVRA_WRITE_DOCS=1` and run the test).\n");
        page.Append("Plans have three steps with rollbacks in dev unless the situation says else. A cell names the events, then the state afterwards with its reason;\n");
        page.Append("`-` changes nothing; a code is a refusal.\n");
        foreach (var (situation, make) in Situations)
        {
            page.Append($"\n## {situation} (`{Wire(make().State)}`)\n\n| input | events | state after |\n|---|---|---|\n");
            foreach (var (name, input) in Inputs)
            {
                var play = make();
                var from = play.Events.Count;
                var decision = play.Do(Later(play, name, input(play)));
                page.Append($"| {name} | {What(play, from, decision)} | {After(play)} |\n");
            }
        }

        return page.ToString();
    }

    private static string What(SessionPlay play, int from, Decision decision) => decision switch
    {
        Decision.Refused refused => $"refused `{refused.Refusal.Code}`",
        Decision.Ballot ballot => $"the task `{ballot.Approval}` judges",
        Decision.NoOp noOp => $"- ({noOp.Code})",
        Decision.Settled => string.Join(", ", play.Names(from)) + "; refused `stale_assignment`",
        _ when play.Events.Count == from => "-",
        _ => string.Join(", ", play.Names(from)),
    };

    private static string After(SessionPlay play) => play.It.Reason is { } reason ? $"{Wire(play.State)} ({Wire(reason)})" : Wire(play.State);

    private static string Wire<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static SessionInput Later(SessionPlay play, string name, SessionInput input)
    {
        if (name.StartsWith("an hour", StringComparison.Ordinal)) play.Now += TimeSpan.FromHours(1);
        return input;
    }

    private static SessionInput.Told Told(SessionPlay play, SessionFrame frame) => new(play.It.Placement.Worker ?? play.It.Former?.Placement.Worker ?? WorkerA, frame);

    private static SessionInput.TaskSeen Task(SessionPlay play, ApprovalState state, string? reason, bool? approved)
    {
        if (play.It.Approvals.IsEmpty) return new SessionInput.TaskSeen(Foreign(state, reason));
        var votes = (play.It.OpenApproval ?? play.It.Approvals[^1]).Votes;
        return new SessionInput.TaskSeen(play.Task(state, reason, approved is { } yes ? [.. votes, new("anna", "approver", yes, null, play.Now)] : votes));
    }

    private static ApprovalTaskView Foreign(ApprovalState state, string? reason) => new()
    {
        Request = new()
        {
            ApprovalId = new("appr-7-9"),
            Session = Number,
            Tenant = Demo,
            TicketId = "INC-1",
            RunbookId = "rb-test",
            Title = "A test",
            RequestedBy = "olga",
            Environment = TargetEnvironment.Dev,
            StepNumbers = [1],
            Commands = [],
            BlastRadius = BlastRadius.Low,
            Quorum = "1 of approver",
            Digest = "d",
            RequestedAt = T0,
            ExpiresAt = T0,
        },
        State = state,
        Reason = reason,
    };

    private static SessionPlay Then(SessionPlay play, Action<SessionPlay> act)
    {
        act(play);
        return play;
    }
}
