using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Dispatch;

/// <summary>A place that was reserved for a session.</summary>
internal sealed record Offer(SessionNeeds Needs, WorkerId Worker, TransportChannel Transport, DateTimeOffset Until)
{
    /// <summary>The session has been answered with it.</summary>
    public bool Fetched { get; set; }
}

/// <summary>
/// Offers of the last seconds, so that a session that asks again gets the same one. Shorter than the worker keeps an unused place; at most 10,000, the
/// oldest go first (the worker then takes the place back by itself).
/// </summary>
internal sealed class OfferBook(WorkerTiming timing)
{
    private const int Limit = 10_000;

    private readonly TimeSpan _lifetime = timing.ReservationTimeout * 2 / 3;
    private readonly Dictionary<SessionId, Offer> _offers = [];
    private readonly Queue<Offer> _byAge = new();

    public Offer Add(SessionNeeds needs, WorkerId worker, TransportChannel transport, DateTimeOffset now)
    {
        var offer = new Offer(needs, worker, transport, now + _lifetime);
        _offers[needs.Session] = offer;
        _byAge.Enqueue(offer);
        if (_byAge.Count > Limit) Forget(_byAge.Dequeue());
        return offer;
    }

    public Offer? Find(SessionId session, DateTimeOffset now) => _offers.TryGetValue(session, out var offer) && now < offer.Until ? offer : null;

    public Offer? Take(SessionId session) => _offers.Remove(session, out var offer) ? offer : null;

    /// <summary>Removes what is over; answers the offers that were never fetched.</summary>
    public List<Offer> Expire(DateTimeOffset now)
    {
        List<Offer> unfetched = [];
        while (_byAge.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _byAge.Dequeue();
            if (Forget(oldest) && !oldest.Fetched) unfetched.Add(oldest);
        }

        return unfetched;
    }

    private bool Forget(Offer offer)
    {
        if (!_offers.TryGetValue(offer.Needs.Session, out var current) || !ReferenceEquals(current, offer)) return false;
        return _offers.Remove(offer.Needs.Session);
    }
}
