using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Dispatch;

/// <summary>
/// The shell around queue, roster and matching. Reentrant: a place is asked of a worker while others ask here. Holds nothing durable; a place that was
/// reserved for nobody is given back by the worker itself.
/// </summary>
[Reentrant]
internal sealed partial class DispatchGrain(TimeProvider time, WorkerTiming timing, ILogger<DispatchGrain> log) : Grain, IDispatch
{
    private readonly SessionQueue _queue = new();
    private readonly WorkerRoster _roster = new();
    private readonly Dictionary<SessionId, SessionNeeds> _placing = [];
    private readonly OfferBook _offers = new(timing);
    private string _key = "";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = this.GetPrimaryKeyString();
        _roster.Replace(await Directory.Watch(_key));
        this.RegisterGrainTimer(static (self, _) => self.KeepHouse(), this, new GrainTimerCreationOptions(HousekeepingPeriod, HousekeepingPeriod) { Interleave = true });
    }

    public async Task<DispatchReply> Request(DispatchRequest request)
    {
        var now = time.GetUtcNow();
        if (_offers.Find(request.Session, now) is { } offer)
        {
            // Not when the worker is known to have gone since: asking it would cost the session an attempt.
            var reachable = _roster.Find(offer.Worker)?.View is { Transport: not null, State: not WorkerState.Offline };
            if (reachable && offer.Needs.Request.Assignment == request.Assignment) return Given(offer);
            Withdrawn(offer);
        }

        if (_placing.TryGetValue(request.Session, out var running))
        {
            // The same question again while its answer is on the way: the nudge follows.
            if (running.Request.Assignment == request.Assignment) return Waiting(request.Session);
            running.Withdrawn = true;
        }

        if (!_queue.TryGet(request.Session, out _) && _queue.IsFull)
            return new(null, default, _queue.Count, Refusal.Of("queue_full", "Too many sessions wait for a worker here. Try again later."));
        _queue.Remove(request.Session);
        var needs = new SessionNeeds(request);
        if (_queue.Count > 0)
        {
            // Those that wait come first, where they fit.
            _queue.Add(needs);
            await Pump();
            return _offers.Find(request.Session, now) is { } pumped && ReferenceEquals(pumped.Needs, needs) ? Given(pumped) : Waiting(request.Session);
        }

        if (await Place(needs) is { } made) return Given(made);
        if (needs.Withdrawn) return Waiting(request.Session);
        _queue.Add(needs);

        // A place may have become free between the last refusal and now, when nobody waited who could be told.
        if (_roster.Choose(needs, time.GetUtcNow()) is not null) _ = Pump();
        return Waiting(request.Session);
    }

    public Task Withdraw(SessionId session)
    {
        _queue.Remove(session);
        if (_placing.TryGetValue(session, out var needs)) needs.Withdrawn = true;
        if (_offers.Take(session) is { } offer) Withdrawn(offer);
        return Task.CompletedTask;
    }

    public async Task<DispatchExplanation> Explain(DispatchRequest request)
    {
        var now = time.GetUtcNow();
        ImmutableArray<WorkerView> workers;
        try
        {
            workers = await Directory.List();
        }
        catch (Exception e)
        {
            LogListFailed(e, _key);
            workers = [.. _roster.Seats.Select(s => s.View)];
        }

        var fits = workers
            .Select(w => (Worker: w, Unmet: WorkerMatching.FirstUnmetOrFull(w, request, now)))

            // Another tenant's workers do not exist here, nor does the host's own engine for who waits for a worker.
            .Where(f => f.Unmet?.Rule != "tenant" && (request.InProcess || !f.Worker.InProcess))
            .OrderBy(f => f.Unmet is not null).ThenBy(f => f.Worker.WorkerId.Value, StringComparer.Ordinal)
            .Select(f => new WorkerFit(f.Worker.WorkerId, f.Worker.State, f.Unmet is null, f.Unmet?.Rule, f.Unmet?.Detail));
        return new(_queue.Position(request.Session), [.. fits]);
    }

    public async Task WorkerChanged(WorkerId worker)
    {
        if (await GrainFactory.GetGrain<IAgentWorker>(worker.Value).View() is { } view) await WorkerUpdated(view);
    }

    public Task WorkerUpdated(WorkerView worker)
    {
        _roster.Update(worker);
        return Pump();
    }

    public Task WorkerLoad(WorkerId worker, int currentLoad)
    {
        _roster.Find(worker)?.Heard(currentLoad);
        return _queue.Count > 0 ? Pump() : Task.CompletedTask;
    }

    private IWorkerDirectory Directory => GrainFactory.GetGrain<IWorkerDirectory>(WorkerDirectoryGrain.Key);

    private DispatchReply Waiting(SessionId session) => new(null, default, _queue.Position(session) ?? _queue.Count + 1);

    private static DispatchReply Given(Offer offer)
    {
        offer.Fetched = true;
        return new(offer.Worker, offer.Transport, 0);
    }
}
