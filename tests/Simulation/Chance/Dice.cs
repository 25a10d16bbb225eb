namespace Cavra.Actors.Simulation;

/// <summary>All that is left to chance in one run; same seed, same throws.</summary>
internal sealed class Dice(int seed)
{
    private readonly Random _random = new(seed);

    public bool Chance(double probability) => probability > 0 && _random.NextDouble() < probability;

    /// <summary>A whole number, both ends included.</summary>
    public int Between(int least, int most) => _random.Next(least, most + 1);

    public TimeSpan Seconds(double least, double most) =>
        TimeSpan.FromMilliseconds(Math.Round((least + (_random.NextDouble() * (most - least))) * 1000));

    public T Pick<T>(params ReadOnlySpan<T> from) => from[_random.Next(from.Length)];

    public void Shuffle<T>(T[] items) => _random.Shuffle(items);

    /// <summary>A rate between 10^-3 and <paramref name="most"/>, evenly over the orders of magnitude; none in one of three runs.</summary>
    public double Rate(double most) => Chance(1.0 / 3) ? 0 : most * Math.Pow(10, -_random.NextDouble() * (3 + Math.Log10(most)));
}
