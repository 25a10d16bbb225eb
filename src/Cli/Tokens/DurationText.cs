using System.Globalization;
using System.Text.RegularExpressions;

namespace Cavra.Actors.Cli.Tokens;

/// <summary>Durations as the contract writes them: <c>90s</c>, <c>10m</c>, <c>1h30m</c> or <c>00:10:00</c>, with an optional sign.</summary>
internal static partial class DurationText
{
    internal static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var negative = text.StartsWith('-');
        var body = text.TrimStart('-', '+');
        if (text.Length - body.Length > 1 || body.Length == 0) return false;
        if (body.Contains(':', StringComparison.Ordinal))
        {
            if (!TimeSpan.TryParse(body, CultureInfo.InvariantCulture, out duration)) return false;
        }
        else
        {
            var match = Parts().Match(body);
            if (!match.Success) return false;
            var seconds = Part(match, "d") * 86_400 + Part(match, "h") * 3600 + Part(match, "m") * 60 + Part(match, "s");
            // A hundred years: beyond it, a token's time does not fit what others read.
            if (seconds > 36_525d * 86_400) return false;
            duration = TimeSpan.FromSeconds(seconds);
        }
        if (negative) duration = -duration;
        return true;
    }

    private static double Part(Match match, string unit) =>
        match.Groups[unit] is { Success: true } group ? double.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?=\d)(?:(?<d>\d{1,6})d)?(?:(?<h>\d{1,7})h)?(?:(?<m>\d{1,9})m)?(?:(?<s>\d{1,11}(?:\.\d{1,3})?)s)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parts();
}
