using System.Globalization;

namespace Cavra.Actors.ApiHost.Executions;

/// <summary>
/// <c>Prefer: wait=N</c> on a create (RFC 7240): answer when the session has ended, or after N seconds (at most 25) as it is then. For scripts that start
/// and wait in one call; a preference that cannot be read is no error.
/// </summary>
internal static class PreferredWait
{
    private const int MostSeconds = 25;

    /// <summary>The wait asked for; null when none was. Says in the answer that it was honoured.</summary>
    public static TimeSpan? Of(HttpContext context)
    {
        foreach (var header in context.Request.Headers["Prefer"])
        {
            foreach (var part in (header ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (!part.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)) continue;
                if (!int.TryParse(part.AsSpan("wait=".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds == 0) continue;
                context.Response.Headers["Preference-Applied"] = $"wait={Math.Min(seconds, MostSeconds)}";
                return TimeSpan.FromSeconds(Math.Min(seconds, MostSeconds));
            }
        }

        return null;
    }
}
