using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Simulation;

/// <summary>A ticket and the people around it: they start its session, vote, pause, cancel and answer until it has ended.</summary>
internal sealed class SimulatedTicket(RunContext run, SimulatedHost host, SimulatedStore store, int number)
{
    private static readonly TenantId Tenant = new("demo");
    private static readonly Actor Olga = Person("olga", "operator", "approver");
    private static readonly Actor Anna = Person("anna", "approver");
    private static readonly Actor Ben = Person("ben", "approver");
    private readonly string _name = $"INC-{number}";
    private IdempotencyMark? _mark;
    private int _calmRounds;

    private bool Mischief => !run.Calm && run.Dice.Chance(run.Plan.People);

    public async Task Live()
    {
        var plan = DrawnPlans.Draw(run.Dice, $"{number}");
        _mark = new($"key-{number}", "body", "POST /executions");
        var session = new SessionId((number * 10) + 1);
        var rival = Mischief ? Create(new SessionId(session.Value + 1), plan, _mark with { Key = $"rival-{number}" }) : Task.CompletedTask;
        await Create(session, plan, _mark);
        await rival;
        while (!run.Over)
        {
            var live = store.Sessions.FirstOrDefault(s => s.Static.TicketId == _name && s.Row.Live);
            if (live is null) return;
            await run.Pause(run.Dice.Seconds(0.2, 6));
            await Attend(live);
        }
    }

    private async Task Create(SessionId id, SessionPlan plan, IdempotencyMark mark)
    {
        for (var tries = 0; !run.Over; tries++)
        {
            if (tries > 0)
            {
                run.Reach(Situation.CreateRepeated);
                await run.Pause(run.Dice.Seconds(0.5, 3));
            }

            // Repeats of a create have a number of their own each, as the edge hands them out; the key tells that they are the same.
            var reply = await Ask(new SessionId(id.Value + (tries * 1000)), new CreateSession { Actor = Olga, TicketId = _name, Plan = plan, Idempotency = mark });
            if (reply is null || reply.Refusal?.Code == "unavailable") continue;
            if (reply.Replayed) run.Reach(Situation.KeyReplayed);
            if (reply.Refusal?.Code == "ticket_busy") run.Reach(Situation.TicketBusy);
            return;
        }
    }

    private async Task Attend(StoredSession live)
    {
        if (live.State is not { } state || state.Ended) return;
        if (run.Calm) _calmRounds++;
        switch (state.State)
        {
            case SessionState.WaitingForApproval:
                await Decide(state);
                break;
            case SessionState.Paused:
                if (run.Calm || run.Dice.Chance(0.4)) await Direct(state.Id);
                break;
            default:
                if (Mischief && run.Dice.Chance(0.3)) await Interfere(state.Id);
                break;
        }
    }

    private async Task Decide(Session state)
    {
        var (id, open) = (state.Id, state.OpenApproval!);
        var step = open.StepNumbers[0];
        if (Mischief)
        {
            switch (run.Dice.Between(0, 6))
            {
                case 0:
                    run.Reach(Situation.DoubleClick);
                    await Task.WhenAll(Vote(id, step, Anna, true, open), Vote(id, step, Anna, true, open));
                    return;
                case 1:
                    run.Reach(Situation.VoteRace);
                    await Task.WhenAll(Vote(id, step, Anna, true, open), Vote(id, step, Ben, false, open));
                    return;
                case 2:
                    await Vote(id, step, Olga, true, open);
                    return;
                case 3:
                    await Task.WhenAll(Vote(id, step, Ben, true, open), Ask(id, new CancelSession("changed my mind") { Actor = Olga }));
                    return;
                case 4:
                    run.Note(_name, "nobody looks at the approval");
                    await run.Pause(run.Dice.Seconds(60, 2400));
                    return;
                default:
                    await Interfere(id);
                    return;
            }
        }

        await Vote(id, step, Anna, run.Calm || !run.Dice.Chance(0.1), open);
    }

    private async Task Vote(SessionId id, int step, Actor who, bool approve, SessionApproval seen)
    {
        var reply = await Ask(id, new DecideStep { Actor = who, StepNumber = step, Approved = approve, ApprovalId = seen.Id, Digest = seen.Digest });
        if (reply?.Refusal?.Code == "self_approval") run.Reach(Situation.SelfApproval);
        if (reply?.Refusal?.Code is "already_decided" or "approval_expired" or "invalid_state" or "not_waiting") run.Reach(Situation.VoteTooLate);
    }

    private Task<SessionReply?> Direct(SessionId id)
    {
        // Someone who tries again and again gives up in the end.
        var kind = _calmRounds > 20 ? DirectiveKind.Cancel : run.Dice.Pick(DirectiveKind.Retry, DirectiveKind.Retry, DirectiveKind.Resume, DirectiveKind.Rollback, DirectiveKind.Cancel);
        return Ask(id, new GiveDirective(kind, "simulated") { Actor = Olga });
    }

    private Task Interfere(SessionId id) => run.Dice.Between(0, 3) switch
    {
        0 => Ask(id, new CancelSession("simulated") { Actor = Olga }),
        1 => Ask(id, new PauseSession("simulated") { Actor = Olga }),
        2 => Ask(id, new RollBackSession(null, "simulated") { Actor = Olga }),
        _ => Task.WhenAll(Ask(id, new CancelSession("twice") { Actor = Olga }), Ask(id, new CancelSession("twice") { Actor = Ben })),
    };

    private async Task<SessionReply?> Ask(SessionId id, SessionCommand command)
    {
        await run.Pause(Latency.Draw(run));
        try
        {
            var reply = await host.Grains.GetGrain<IExecutionSession>(id.Value).Execute(command);
            run.Note(_name, $"{command.Actor.Subject} {Words(command)} {id}: {reply.Refusal?.Code ?? $"ok, {reply.View?.State}"}");
            return reply;
        }
        catch (Exception e)
        {
            run.Note(_name, $"{command.Actor.Subject} {Words(command)} {id}: {e.GetType().Name}");
            return null;
        }
    }

    private static string Words(SessionCommand command) => command switch
    {
        DecideStep { Approved: true } => "approves",
        DecideStep => "rejects",
        GiveDirective d => $"directs {d.Directive}",
        _ => command.GetType().Name,
    };

    private static Actor Person(string name, params string[] roles) => new() { Subject = name, Tenant = Tenant, Roles = [.. roles] };
}
