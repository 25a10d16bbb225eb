namespace Cavra.Actors.Bench.Report;

/// <summary>Latencies of one run, in milliseconds, kept whole so that percentiles are exact.</summary>
public sealed class Latencies
{
    private readonly List<double> _milliseconds = new(1 << 16);
    private readonly Lock _gate = new();
    private bool _sorted;

    /// <summary>How many were taken.</summary>
    public int Count => _milliseconds.Count;

    /// <summary>Adds a client's own list.</summary>
    public void Add(IEnumerable<double> milliseconds)
    {
        lock (_gate)
        {
            _milliseconds.AddRange(milliseconds);
            _sorted = false;
        }
    }

    /// <summary>The value below which so many per cent lie; NaN when empty.</summary>
    public double Percentile(double percent)
    {
        lock (_gate)
        {
            if (_milliseconds.Count == 0) return double.NaN;
            if (!_sorted) _milliseconds.Sort();
            _sorted = true;
            return _milliseconds[Math.Clamp((int)Math.Ceiling(percent / 100 * _milliseconds.Count) - 1, 0, _milliseconds.Count - 1)];
        }
    }
}
