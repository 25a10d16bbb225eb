using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Simulation;

/// <summary>
/// One run: a host with the real grains, workers, people, and what goes wrong between them, all from one seed. Faults strike for a while, then everything
/// is calm and every session has to end.
/// </summary>
internal sealed class SimulatedCluster
{
    private static readonly TimeSpan CalmLimit = TimeSpan.FromHours(3);
    private const long MostSteps = 2_000_000;
    private readonly RunContext _run;
    private readonly SimulatedStore _store;
    private readonly StoreWeather _weather;
    private readonly SimulatedHost _host;
    private readonly SimulatedWorker[] _workers;

    private SimulatedCluster(RunContext run)
    {
        _run = run;
        _weather = new StoreWeather(run);
        _store = new SimulatedStore(_weather, new HistoryChecker(run));
        _host = new SimulatedHost(run, _store, new SimulatedReminders(_weather));
        _weather.CrashHost = _host.Crash;
        var executions = new ExecutionChecker(run, _store);
        _workers = [.. Enumerable.Range(1, run.Dice.Between(1, 3)).Select(n => new SimulatedWorker(run, _host, executions, $"worker-{n}", run.Dice.Between(1, 3)))];
    }

    public static RunResult Run(int seed, Faults allowed = Faults.All)
    {
        using var run = new RunContext(seed, allowed);
        var cluster = new SimulatedCluster(run);
        try
        {
            run.Executor.Run(cluster.Live, MostSteps);
        }
        catch (Exception e)
        {
            run.Violated("run", $"{e.GetType().Name}: {e.Message}");
        }

        run.Over = true;
        return new(seed, run.Timeline.Digest(), run.Executor.Steps, run.Time.GetUtcNow() - run.Time.Start, cluster._store.Sessions.Count(), run.Situations, [.. run.Violations], run.Timeline.Lines);
    }

    private async Task Live()
    {
        await _host.Start();
        foreach (var worker in _workers) _ = worker.Start();
        var trouble = Trouble();
        var tickets = Enumerable.Range(1, _run.Dice.Between(2, 5)).Select(Later).ToArray();
        await _run.Pause(_run.Dice.Seconds(30, 300));
        _run.Calm = true;
        _run.Note("run", "calm from here on");
        await trouble;
        foreach (var worker in _workers) await Settle(worker);
        await Task.WhenAny(Task.WhenAll(tickets), _run.Pause(CalmLimit));
        foreach (var live in _store.Sessions.Where(s => s.Row.Live)) _run.Violated("ends", $"session {live.Id} is still {live.Row.State} {CalmLimit.TotalHours} h after the last fault");
        foreach (var ticket in tickets)
            if (ticket is { IsFaulted: true, Exception: { } error }) _run.Violated("run", error.GetBaseException().ToString());
        await _run.Pause(TimeSpan.FromMinutes(3));
        await LookBack();
    }

    private async Task Later(int number)
    {
        await _run.Pause(_run.Dice.Seconds(0, 40));
        await new SimulatedTicket(_run, _host, _store, number).Live();
    }

    private static async Task Settle(SimulatedWorker worker)
    {
        worker.IsCutOff = false;
        if (!worker.IsAlive) _ = worker.Start();
        await Task.CompletedTask;
    }

    /// <summary>What strikes now and then, until the calm.</summary>
    private async Task Trouble()
    {
        var plan = _run.Plan;
        (double Weight, Func<SimulatedWorker, Task> Strike)[] kinds =
        [
            (plan.Outage, _ => Outage()),
            (plan.HostCrash, _ => Crash()),
            (plan.WorkerCrash, Kill),
            (plan.Freeze, Freeze),
            (plan.Partition, CutOff),
            (plan.Cut, Cut),
            (plan.Drain, Drain),
        ];
        while (!_run.Calm)
        {
            await _run.Pause(_run.Dice.Seconds(0.5, 10));
            foreach (var (weight, strike) in kinds)
                if (!_run.Calm && _run.Dice.Chance(weight)) _ = strike(_run.Dice.Pick<SimulatedWorker>(_workers));
        }
    }

    private Task Outage()
    {
        if (_store.Sessions.Any(s => s.Row.Live)) _run.Reach(Situation.Outage);
        _weather.Outage(_run.Dice.Seconds(1, 40));
        return Task.CompletedTask;
    }

    private Task Crash()
    {
        _host.Crash();
        return Task.CompletedTask;
    }

    private async Task Kill(SimulatedWorker worker)
    {
        if (!worker.IsAlive) return;
        worker.Kill();
        await _run.Pause(_run.Dice.Seconds(0.5, 60));
        if (!worker.IsAlive) await worker.Start();
    }

    private Task Freeze(SimulatedWorker worker) => worker.Freeze(_run.Dice.Seconds(2, 120));

    private async Task CutOff(SimulatedWorker worker)
    {
        if (worker.IsCutOff) return;
        _run.Reach(Situation.Partitioned);
        _run.Note(worker.Name, "cut off");
        worker.IsCutOff = true;
        await _run.Pause(_run.Dice.Seconds(1, 90));
        worker.IsCutOff = false;
        _run.Note(worker.Name, "reached again");
    }

    private static Task Cut(SimulatedWorker worker)
    {
        worker.Cut();
        return Task.CompletedTask;
    }

    private async Task Drain(SimulatedWorker worker)
    {
        var admin = new Actor { Subject = "adam", Tenant = new TenantId("demo"), Roles = ["admin"] };
        if (!await Tried(w => w.Drain(admin, "maintenance"))) return;
        _run.Reach(Situation.Drained);
        await _run.Pause(_run.Dice.Seconds(5, 60));
        while (!_run.Over && !await Tried(w => w.Undrain(admin, "done"))) await _run.Pause(TimeSpan.FromSeconds(2));

        async Task<bool> Tried(Func<IAgentWorker, Task<WorkerReply>> ask)
        {
            try
            {
                var reply = await ask(_host.Grains.GetGrain<IAgentWorker>(worker.Name));
                _run.Note(worker.Name, $"drain or undrain: {reply.Refusal?.Code ?? "ok"}");
                return reply.Refusal?.Code != "unavailable";
            }
            catch (Exception e)
            {
                _run.Note(worker.Name, $"drain or undrain: {e.GetType().Name}");
                return false;
            }
        }
    }

    /// <summary>After the end: memory equals the store, nothing is left held or open.</summary>
    private async Task LookBack()
    {
        foreach (var stored in _store.Sessions.ToArray())
        {
            var view = await _host.Grains.GetGrain<IExecutionSession>(stored.Id.Value).View();
            if (view?.State != stored.State!.State || view.LastEventSeq != stored.LastSeq)
                _run.Violated("memory", $"session {stored.Id} is {view?.State} at {view?.LastEventSeq} in memory, {stored.State.State} at {stored.LastSeq} in the store");
        }

        foreach (var open in _store.Approvals.Where(a => a.State is ApprovalState.Pending or ApprovalState.Notified))
            if (_store.Find(open.Request.Session) is { Row.Live: false }) _run.Violated("left", $"approval {open.Request.ApprovalId} is open though its session has ended");
        foreach (var worker in _workers)
        {
            var view = await _host.Grains.GetGrain<IAgentWorker>(worker.Name).View();
            foreach (var held in view?.Assignments ?? [])
                if (_store.Find(held.SessionId) is not { Row.Live: true }) _run.Violated("left", $"{worker.Name} still has a place for {held.AssignmentId}, whose session has ended");
        }
    }
}

/// <summary>What one run came to.</summary>
internal sealed record RunResult(
    int Seed, string Digest, long Steps, TimeSpan VirtualTime, int Sessions, SituationCounts Situations, IReadOnlyList<string> Violations, IReadOnlyList<string> Timeline);
