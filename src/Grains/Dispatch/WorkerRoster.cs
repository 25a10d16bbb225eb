using Cavra.Actors.Identity;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Dispatch;

/// <summary>
/// The workers that a dispatcher knows, and which of them fit which kind of session. Sessions that need the same share one answer until a worker changes
/// or one that was unhealthy counts as healthy again.
/// </summary>
internal sealed class WorkerRoster
{
    /// <summary>Kinds of sessions kept; beyond it they are worked out anew.</summary>
    private const int KindLimit = 1_000;

    private readonly Dictionary<WorkerId, WorkerSeat> _seats = [];
    private readonly Dictionary<string, Fits> _fits = new(StringComparer.Ordinal);
    private long _choices;

    public WorkerSeat? Find(WorkerId worker) => _seats.GetValueOrDefault(worker);

    public IEnumerable<WorkerSeat> Seats => _seats.Values;

    public void Update(WorkerView view)
    {
        if (!view.Registered)
        {
            if (_seats.Remove(view.WorkerId)) _fits.Clear();
        }
        else if (_seats.TryGetValue(view.WorkerId, out var seat))
        {
            if (seat.Heard(view)) _fits.Clear();
        }
        else
        {
            _seats[view.WorkerId] = new WorkerSeat(view);
            _fits.Clear();
        }
    }

    public void Replace(IReadOnlyCollection<WorkerView> views)
    {
        var known = views.Select(v => v.WorkerId).ToHashSet();
        foreach (var gone in _seats.Keys.Where(id => !known.Contains(id)).ToArray())
        {
            _seats.Remove(gone);
            _fits.Clear();
        }

        foreach (var view in views) Update(view);
    }

    /// <summary>Every worker may be asked again: what would have told otherwise may have been lost.</summary>
    public void ForgetRefusals()
    {
        foreach (var seat in _seats.Values) seat.Refusing = false;
    }

    /// <summary>
    /// The worker to ask for a place: the least loaded that fits and is believed to have room, else one that fits and has not said that it has none;
    /// null when nobody fits or all said so.
    /// </summary>
    public WorkerSeat? Choose(SessionNeeds needs, DateTimeOffset now)
    {
        WorkerSeat? best = null;
        foreach (var seat in FitsOf(needs, now))
        {
            if (!seat.Refusing && (best is null || IsBetter(seat, best))) best = seat;
        }

        if (best is not null) best.ChosenAt = ++_choices;
        return best;
    }

    private static bool IsBetter(WorkerSeat a, WorkerSeat b)
    {
        // Load relative to size, without dividing.
        var left = (long)a.Load * b.View.MaxConcurrency;
        var right = (long)b.Load * a.View.MaxConcurrency;
        return left != right ? left < right : a.ChosenAt < b.ChosenAt;
    }

    private WorkerSeat[] FitsOf(SessionNeeds needs, DateTimeOffset now)
    {
        if (_fits.TryGetValue(needs.Kind, out var known) && now < known.Until) return known.Seats;
        if (_fits.Count >= KindLimit) _fits.Clear();
        var until = DateTimeOffset.MaxValue;
        List<WorkerSeat> preferred = [], avoided = [];
        foreach (var seat in _seats.Values)
        {
            if (WorkerMatching.HealthyFrom(seat.View, now) is { } from && from < until) until = from;
            if (WorkerMatching.FirstUnmet(seat.View, needs.Request, now) is not null) continue;
            (needs.Request.Avoid.Contains(seat.Id) ? avoided : preferred).Add(seat);
        }

        var fits = new Fits(preferred.Count > 0 ? [.. preferred] : [.. avoided], until);
        _fits[needs.Kind] = fits;
        return fits.Seats;
    }

    private sealed record Fits(WorkerSeat[] Seats, DateTimeOffset Until);
}
