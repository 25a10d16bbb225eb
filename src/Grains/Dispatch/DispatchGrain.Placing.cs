using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Dispatch;

/// <summary>Reserving places: at once for a session that asks, later for those that wait, the oldest that fits first.</summary>
internal sealed partial class DispatchGrain
{
    /// <summary>Workers asked for one session in one go.</summary>
    private const int AskLimit = 1_000;

    /// <summary>A session that never fetches its offers is offered a place this often, then left to ask by itself.</summary>
    private const int UnfetchedLimit = 3;

    private static readonly TimeSpan HousekeepingPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _blocked = new(StringComparer.Ordinal);
    private DateTimeOffset _refreshAt;
    private bool _pumping;
    private bool _pumpAgain;

    /// <summary>Asks workers until one gives a place; null when none does now.</summary>
    private async ValueTask<Offer?> Place(SessionNeeds needs)
    {
        needs.Placing = true;
        _placing[needs.Session] = needs;
        try
        {
            for (var asked = 0; asked < AskLimit && !needs.Withdrawn; asked++)
            {
                if (_roster.Choose(needs, time.GetUtcNow()) is not { } seat) return null;
                if (await Reserve(seat, needs) is not { Reserved: true } reply) continue;
                if (!needs.Withdrawn) return _offers.Add(needs, seat.Id, reply.Transport, time.GetUtcNow());
                GiveBack(seat.Id, needs);
            }

            return null;
        }
        finally
        {
            needs.Placing = false;
            if (_placing.TryGetValue(needs.Session, out var current) && ReferenceEquals(current, needs)) _placing.Remove(needs.Session);
        }
    }

    private async ValueTask<ReserveReply?> Reserve(WorkerSeat seat, SessionNeeds needs)
    {
        var request = needs.Request;
        var epoch = seat.Epoch;
        seat.Load++;
        try
        {
            var reply = await GrainFactory.GetGrain<IAgentWorker>(seat.Id.Value).Reserve(new Reservation(request.Session, request.Tenant, request.Assignment, _key));

            // What was heard of the worker meanwhile is newer than this answer.
            if (seat.Epoch == epoch)
            {
                seat.Load = reply.CurrentLoad;
                seat.Refusing = !reply.Reserved;
            }

            return reply;
        }
        catch (Exception e)
        {
            LogWorkerNotAsked(e, seat.Id);
            seat.Refusing = true;
            return null;
        }
    }

    private async Task Pump()
    {
        if (_pumping)
        {
            _pumpAgain = true;
            return;
        }

        _pumping = true;
        try
        {
            do
            {
                _pumpAgain = false;
                _blocked.Clear();
                while (_queue.Oldest(_blocked) is { } needs)
                {
                    if (await Place(needs) is not { } offer)
                    {
                        // Nobody fits this kind or all that do are full, so the younger ones of the kind need not ask.
                        if (!needs.Withdrawn) _blocked.Add(needs.Kind);
                        continue;
                    }

                    _queue.Remove(needs.Session);
                    Nudge(offer);
                }
            }
            while (_pumpAgain);
        }
        finally
        {
            _pumping = false;
        }
    }

    private async Task KeepHouse()
    {
        var now = time.GetUtcNow();
        foreach (var offer in _offers.Expire(now))
        {
            GiveBack(offer.Worker, offer.Needs);
            if (++offer.Needs.Unfetched < UnfetchedLimit && !_queue.TryGet(offer.Needs.Session, out _)) _queue.Add(offer.Needs);
        }

        if (now >= _refreshAt)
        {
            _refreshAt = now + RefreshPeriod;
            await Refresh();
            _roster.ForgetRefusals();
        }

        if (_queue.Count == 0) return;

        // The queue lives here only: who waits must not be forgotten because nobody calls.
        DelayDeactivation(KeepAlive);
        await Pump();
    }

    /// <summary>The directory is asked anew now and then: messages may be lost, and it may have begun anew.</summary>
    private async Task Refresh()
    {
        try
        {
            _roster.Replace(await Directory.Watch(_key));
        }
        catch (Exception e)
        {
            LogListFailed(e, _key);
        }
    }

    private void Nudge(Offer offer) => _ = Quietly(GrainFactory.GetGrain<IExecutionSession>(offer.Needs.Session.Value).Nudge());

    private void Withdrawn(Offer offer)
    {
        _offers.Take(offer.Needs.Session);
        GiveBack(offer.Worker, offer.Needs);
    }

    private void GiveBack(Identity.WorkerId worker, SessionNeeds needs) =>
        _ = Quietly(GrainFactory.GetGrain<IAgentWorker>(worker.Value).GiveBack(needs.Request.Assignment));

    private async Task Quietly(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception e)
        {
            LogTellFailed(e, _key);
        }
    }

    [LoggerMessage(2121, LogLevel.Warning, "worker {WorkerId} could not be asked for a place")]
    private partial void LogWorkerNotAsked(Exception error, Identity.WorkerId workerId);

    [LoggerMessage(2122, LogLevel.Warning, "dispatcher {Key}: the worker directory did not answer; what is known of workers is kept")]
    private partial void LogListFailed(Exception error, string key);

    [LoggerMessage(2123, LogLevel.Debug, "dispatcher {Key}: telling another grain failed")]
    private partial void LogTellFailed(Exception error, string key);
}
