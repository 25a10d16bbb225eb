using System.Globalization;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>Durations as the contract writes them: <c>90s</c>, <c>10m</c>, <c>1h30m</c> or <c>00:10:00</c>, with an optional sign.</summary>
internal static class DurationText
{
    /// <summary>Reads a duration; false when it is none.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var negative = text.StartsWith('-');
        var rest = text.AsSpan(negative || text.StartsWith('+') ? 1 : 0);
        if (rest.IsEmpty) return false;
        if (!rest.Contains(':'))
        {
            if (!TryParseUnits(rest, out duration)) return false;
        }
        else if (!TimeSpan.TryParse(rest, CultureInfo.InvariantCulture, out duration))
        {
            return false;
        }

        if (negative) duration = -duration;
        return true;
    }

    private static bool TryParseUnits(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is <= 0 or > 9) return false;
            var number = long.Parse(text[..digits], CultureInfo.InvariantCulture);
            var unit = text[digits..].StartsWith("ms", StringComparison.Ordinal) ? "ms" : text[digits].ToString();
            TimeSpan? part = unit switch
            {
                "ms" => TimeSpan.FromMilliseconds(number),
                "s" => TimeSpan.FromSeconds(number),
                "m" => TimeSpan.FromMinutes(number),
                "h" => TimeSpan.FromHours(number),
                "d" when number < 100_000 => TimeSpan.FromDays(number),
                _ => null,
            };
            if (part is null) return false;
            duration += part.Value;
            text = text[(digits + unit.Length)..];
        }

        return true;
    }
}
