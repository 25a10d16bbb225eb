using System.Diagnostics;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers.Channel;
using static Cavra.Actors.Sessions.SessionInput;
using static Cavra.Actors.Sessions.SessionState;

namespace Cavra.Actors.Sessions;

/// <summary>
/// Decides what an input does to a session: pure, without clock, ids or I/O. Every pair of state and input stands in <see cref="Route"/>; a test walks
/// them and writes docs/session-states.md.
/// </summary>
internal static partial class SessionMachine
{
    /// <summary>Events, nothing, or a refusal.</summary>
    public static Decision Decide(Session? session, SessionInput input, Moment moment)
    {
        if (session is not null) return Route(new(session, moment), session, input);
        return input is Asked(CreateSession create)
            ? Create(create, moment)
            : SessionTurn.Refuse("not_found", $"there is no session {moment.Session}");
    }

    private static Decision Route(SessionTurn turn, Session session, SessionInput input) => (session.State, input) switch
    {
        (_, Asked(CreateSession)) => SessionTurn.Refuse("already_exists", $"session {session.Id} exists"),

        // A report counts only under the present fence (invariant I6).
        (_, Told told) when !session.IsCurrent(told.Worker, told.Frame.AssignmentId) => Late(turn, told),

        // A terminal state never changes (invariant I4).
        (Completed or Failed or Cancelled, Asked(DecideStep vote)) => NotOpen(session, vote),
        (Completed or Failed or Cancelled, Asked(GiveDirective)) => SessionTurn.Refuse("not_paused", $"the session is {WireName(session.State)}"),
        (Completed or Failed or Cancelled, Asked) => SessionTurn.Refuse("already_ended", $"the session is {WireName(session.State)}"),
        (Completed or Failed or Cancelled, Offered or TaskSeen or WorkerGone or WorkerBack or TimePassed) => SessionTurn.NoOp("already_ended"),

        (Queued or AssigningWorker or WaitingForApproval, Asked(PauseSession pause)) => PauseNow(turn, pause),
        (Executing, Asked(PauseSession pause)) => PauseAfterStep(turn, pause),
        (Paused, Asked(PauseSession)) => SessionTurn.NoOp("already_paused"),
        (SessionState.Rollback, Asked(PauseSession)) => SessionTurn.Refuse("rollback_running", "a rollback is not paused half way; cancel ends it"),

        (Queued or AssigningWorker or WaitingForApproval or Executing or Paused or SessionState.Rollback, Asked(CancelSession cancel)) => Cancel(turn, cancel),

        (Paused, Asked(GiveDirective directive)) => Direct(turn, directive),
        (Queued or AssigningWorker or WaitingForApproval or Executing or SessionState.Rollback, Asked(GiveDirective)) =>
            SessionTurn.Refuse("not_paused", $"a directive answers a paused session; this one is {WireName(session.State)}"),

        (Executing or WaitingForApproval or Paused, Asked(RollBackSession rollback)) => RollBackByHand(turn, rollback),
        (Queued or AssigningWorker, Asked(RollBackSession)) => SessionTurn.Refuse("nothing_to_roll_back", "no step has run"),
        (SessionState.Rollback, Asked(RollBackSession)) => SessionTurn.Refuse("rollback_running", "a rollback runs already"),

        (WaitingForApproval, Asked(DecideStep vote)) => FindGate(session, vote),
        (Queued or AssigningWorker or Executing or Paused or SessionState.Rollback, Asked(DecideStep vote)) => NotOpen(session, vote),

        (Queued or SessionState.Rollback, Offered offer) when session.Placement.Kind == PlacementKind.Seeking => Assign(turn, offer),
        (_, Offered) => SessionTurn.NoOp("not_seeking"),

        (AssigningWorker or SessionState.Rollback, Told(_, AssignmentAckFrame ack)) when session.Placement.Kind == PlacementKind.Offered => Acked(turn, ack),
        (AssigningWorker or SessionState.Rollback, Told(_, PreflightFrame preflight)) when session.Placement.Kind == PlacementKind.Offered => Preflight(turn, preflight),
        (_, Told(_, AssignmentAckFrame or PreflightFrame)) => SessionTurn.NoOp("duplicate"),

        (Executing or SessionState.Rollback, Told(_, StepStartedFrame f)) when Runs(session, f.StepNumber, f.Attempt, f.IsRollback) => Started(turn),
        (Executing or SessionState.Rollback, Told(_, StepOutputFrame f)) when Runs(session, f.StepNumber, f.Attempt, f.IsRollback) => Output(turn, f),
        (Executing or SessionState.Rollback, Told(_, StepResultFrame f)) when Runs(session, f.StepNumber, f.Attempt, f.IsRollback) => Result(turn, f),
        (_, Told told) => Late(turn, told),

        (WaitingForApproval, TaskSeen seen) => SeeTask(turn, seen.Task),
        (Queued or AssigningWorker or Executing or Paused or SessionState.Rollback, TaskSeen) => SessionTurn.NoOp("not_awaiting_approval"),

        (_, WorkerGone gone) when !session.IsCurrent(gone.Worker, gone.Assignment) => SessionTurn.NoOp("stale_assignment"),
        (_, WorkerBack back) when !session.IsCurrent(back.Worker, back.Assignment) => SessionTurn.NoOp("stale_assignment"),
        (AssigningWorker or WaitingForApproval or Executing or Paused or SessionState.Rollback, WorkerGone gone) => LoseWorker(turn, gone),
        (AssigningWorker or WaitingForApproval or Executing or Paused or SessionState.Rollback, WorkerBack back) => WelcomeBack(turn, back),

        (Queued, TimePassed) => QueueTime(turn),
        (AssigningWorker, TimePassed passed) => AckTime(turn, passed.AckedAt),
        (Executing, TimePassed) => RunTime(turn),
        (SessionState.Rollback, TimePassed passed) => RollbackTime(turn, passed.AckedAt),
        (WaitingForApproval or Paused, TimePassed) => SessionTurn.NoOp("not_due"),

        _ => throw new UnreachableException($"no rule for {input.GetType().Name} in {session.State}"),
    };

    private static string WireName(SessionState state) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    private static Decision Create(CreateSession create, Moment moment)
    {
        var plan = create.Plan;
        if (plan.Steps.FirstOrDefault(s => s.Decision.Verdict == Policy.Verdict.Deny) is { } denied)
        {
            var refusal = Refusal.Of("policy_denied", $"step {denied.Number} ({denied.Name}): {denied.Decision.Reason}");
            return new Decision.Refused(refusal with { Rules = denied.Decision.Rules });
        }

        var created = new SessionCreated
        {
            At = moment.Now,
            By = moment.By,
            TicketId = create.TicketId,
            RequestedBy = create.Actor.Subject,
            IdempotencyKey = create.Idempotency?.Key,
            RunbookId = plan.RunbookId,
            RunbookVersion = plan.RunbookVersion,
            RunbookDigest = plan.RunbookDigest,
            PlanDigest = plan.Digest,
            Title = plan.Title,
            Environment = plan.Environment,
            EnvironmentProfile = plan.EnvironmentProfile,
            ValidationMode = plan.ValidationMode,
            SandboxProfile = plan.SandboxProfile,
            StepCount = plan.Steps.Length,
            UseWorkers = create.UseWorkers,
        };
        var turn = new SessionTurn(SessionFold.Begin(moment.Session, create.Actor.Tenant, plan, created), moment);
        Seek(turn);
        return new Decision.Accepted(turn.Session, [created, .. turn.Events]);
    }
}
