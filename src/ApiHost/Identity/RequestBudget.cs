using System.Collections.Concurrent;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>A token bucket: <paramref name="perSecond"/> requests a second, up to <paramref name="burst"/> at once.</summary>
internal sealed class RequestBudget(TimeProvider time, int perSecond, int burst)
{
    private readonly Lock _gate = new();
    private double _left = burst;
    private long _at = time.GetTimestamp();

    /// <summary>Takes one; else says after how many whole seconds there is one again.</summary>
    public bool TryTake(out int retryAfterSeconds)
    {
        lock (_gate)
        {
            Refill();
            if (_left >= 1)
            {
                _left--;
                retryAfterSeconds = 0;
                return true;
            }

            retryAfterSeconds = Math.Max(1, (int)Math.Ceiling((1 - _left) / perSecond));
            return false;
        }
    }

    /// <summary>Whether nothing is spent: it may be forgotten.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                Refill();
                return _left >= burst;
            }
        }
    }

    private void Refill()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(burst, _left + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond));
        _at = now;
    }
}

/// <summary>Budgets per (tenant, subject); full ones are forgotten when there are many.</summary>
internal sealed class RequestBudgets(TimeProvider time, int perSecond, int burst)
{
    private const int SweepAt = 10_000;
    private readonly ConcurrentDictionary<(string Tenant, string Subject), RequestBudget> _budgets = new();

    /// <summary>A subject's budget.</summary>
    public RequestBudget Of(string tenant, string subject)
    {
        if (_budgets.TryGetValue((tenant, subject), out var known)) return known;
        if (_budgets.Count >= SweepAt)
        {
            foreach (var (key, budget) in _budgets)
            {
                if (budget.IsFull) _budgets.TryRemove(key, out _);
            }
        }

        return _budgets.GetOrAdd((tenant, subject), _ => new RequestBudget(time, perSecond, burst));
    }
}
