using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>All grains together on a real PostgreSQL.</summary>
public class WholeSiloTests
{
    private static readonly Actor Approver = new() { Subject = "anna", Tenant = Demo, Roles = ["approver"] };

    [Fact]
    public async Task ThreeSteps_RunToTheEnd_EventsChainAndViewAtAnyEventAreInTheDatabase()
    {
        await using var silo = await WholeSilo.StartAsync();
        await silo.AddWorkerAsync("worker-a");

        (await Start(silo, 1, Steps(3))).Refusal.ShouldBeNull();
        var view = await silo.UntilAsync(1, SessionState.Completed);

        view.WorkerId.ShouldBe(new WorkerId("worker-a"));
        var events = await silo.EventsAsync(1);
        EventChain.Check(Demo, new(1), events).ShouldBeNull();
        events.Select(e => e.EventId).ShouldBe(Enumerable.Range(1, events.Length).Select(n => (long)n));
        (await silo.Storage.Sessions.ViewAt(Demo, new(1), 3, CancellationToken.None))!.State.ShouldBe(SessionState.AssigningWorker);
        var stored = await silo.Storage.Sessions.ViewAt(Demo, new(1), events.Length, CancellationToken.None);
        System.Text.Json.JsonSerializer.Serialize(stored!.Steps).ShouldBe(System.Text.Json.JsonSerializer.Serialize(view.Steps));
    }

    [Fact]
    public async Task GatedStep_HostKilledWhileItWaits_VoteAfterwardsCarriesItToTheEnd()
    {
        await using var silo = await WholeSilo.StartAsync();
        await silo.AddWorkerAsync("worker-a");
        await Start(silo, 1, Steps(2).GatedAt(1));
        await silo.UntilAsync(1, SessionState.WaitingForApproval);

        await silo.CrashAsync();
        var refused = await silo.Session(1).Execute(new DecideStep { Actor = Operator with { Roles = ["operator", "approver"] }, StepNumber = 1, Approved = true });
        var reply = await silo.Session(1).Execute(new DecideStep { Actor = Approver, StepNumber = 1, Approved = true });

        refused.Refusal!.Code.ShouldBe("self_approval");
        reply.Refusal.ShouldBeNull();
        (await silo.UntilAsync(1, SessionState.Completed)).Approvals.ShouldHaveSingleItem().Votes.ShouldHaveSingleItem().By.ShouldBe("anna");
    }

    [Fact]
    public async Task FailingStep_RollsBackAndSaysSo()
    {
        await using var silo = await WholeSilo.StartAsync();
        await silo.AddWorkerAsync("worker-a", run: c => c is { StepNumber: 2, IsRollback: false } ? StepOutcome.Failed : StepOutcome.Succeeded);

        await Start(silo, 1, Steps(2, WithRollback));
        var view = await silo.UntilAsync(1, SessionState.Failed);

        view.Reason.ShouldBe(SessionReason.RolledBack);
        view.Steps.ShouldAllBe(s => s.State == StepState.RolledBack);
    }

    [Fact]
    public async Task ManySessions_MoreThanWorkersHaveRoom_HostKilledAmongThem_EachStepRunsOnce()
    {
        await using var silo = await WholeSilo.StartAsync();
        await silo.AddWorkerAsync("worker-a", room: 3);
        await silo.AddWorkerAsync("worker-b", room: 3);
        const int Sessions = 40;

        await Task.WhenAll(Enumerable.Range(1, Sessions).Select(n => Start(silo, n, Steps(3))));
        await silo.UntilAsync(Sessions / 2, SessionState.Executing, SessionState.Completed);
        await silo.CrashAsync();
        for (var n = 1; n <= Sessions; n++) (await silo.UntilAsync(n, SessionState.Completed, SessionState.Paused, SessionState.Failed)).State.ShouldBe(SessionState.Completed, $"session {n}");

        var ran = silo.Robots.SelectMany(r => r.Ran).ToList();
        ran.Count.ShouldBe(Sessions * 3);
        ran.Distinct().Count().ShouldBe(ran.Count);
        for (var n = 1; n <= Sessions; n++) EventChain.Check(Demo, new(n), await silo.EventsAsync(n)).ShouldBeNull($"session {n}");
    }

    [Fact]
    public async Task A05_TwoCreatesForOneTicket_OneLivesAndTheOtherIsToldWhich()
    {
        await using var silo = await WholeSilo.StartAsync();

        var replies = await Task.WhenAll(Start(silo, 1, Steps(1), "INC-7"), Start(silo, 2, Steps(1), "INC-7"));

        var busy = replies.Single(r => r.Refusal is not null).Refusal!;
        busy.Code.ShouldBe("ticket_busy");
        busy.Extra["session_id"].ShouldBe(replies.Single(r => r.Refusal is null).View!.SessionId.ToString());
    }

    private static Task<SessionReply> Start(WholeSilo silo, long number, SessionPlan plan, string? ticket = null) =>
        silo.Session(number).Execute(new CreateSession { Actor = Operator, TicketId = ticket ?? $"INC-{number}", Plan = plan });
}
