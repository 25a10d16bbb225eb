using System.Globalization;
using System.Text;

namespace Cavra.Actors.Runbooks;

/// <summary>Durations as people write them: <c>90s</c>, <c>10m</c>, <c>1h30m</c>, <c>250ms</c> or <c>00:10:00</c> (contract, "Durations everywhere").</summary>
public static class DurationText
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1)),
    ];

    /// <summary>Reads a duration; negative, empty, repeated or disordered units and anything above 366 days are refused.</summary>
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = default;
        if (string.IsNullOrEmpty(text) || text.Length > 32)
            return false;
        return text.Contains(':', StringComparison.Ordinal) ? TryParseClock(text, out value) : TryParseUnits(text, out value);
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back as the same value, in whole milliseconds.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0s";
        var text = new StringBuilder();
        Append(text, (long)value.TotalHours, "h");
        Append(text, value.Minutes, "m");
        Append(text, value.Seconds, "s");
        Append(text, value.Milliseconds, "ms");
        return text.ToString();
    }

    private static void Append(StringBuilder text, long amount, string unit)
    {
        if (amount != 0)
            text.Append(amount).Append(unit);
    }

    private static bool TryParseClock(string text, out TimeSpan value) =>
        TimeSpan.TryParseExact(text, [@"hh\:mm\:ss", @"h\:mm\:ss", @"hh\:mm\:ss\.fff", @"d\.hh\:mm\:ss"], CultureInfo.InvariantCulture, out value);

    private static bool TryParseUnits(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        var previous = TimeSpan.MaxValue;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var digits = 0;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
                digits++;
            if (digits is 0 or > 9)
                return false;
            var amount = long.Parse(rest[..digits], CultureInfo.InvariantCulture);
            rest = rest[digits..];
            if (!TryTakeUnit(ref rest, out var length) || length >= previous)
                return false;
            previous = length;
            if (amount > TimeSpan.FromDays(366) / length)
                return false;
            value += amount * length;
        }

        return value <= TimeSpan.FromDays(366);
    }

    private static bool TryTakeUnit(ref ReadOnlySpan<char> rest, out TimeSpan length)
    {
        foreach (var (unit, candidate) in Units)
        {
            if (!rest.StartsWith(unit, StringComparison.Ordinal))
                continue;
            rest = rest[unit.Length..];
            length = candidate;
            return true;
        }

        length = default;
        return false;
    }
}
