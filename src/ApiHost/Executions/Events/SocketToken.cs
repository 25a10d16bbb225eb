using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Identity;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary>What a socket's opening request says: origin, token, where to resume. A token in the query string is never looked at.</summary>
internal static class SocketToken
{
    /// <summary>The subprotocol that is answered.</summary>
    public const string Protocol = "cavra.v1";

    private const string BearerPrefix = "bearer.";

    /// <summary>Whether the request's origin may open sockets: none (not a browser), the host's own, or a configured one.</summary>
    public static bool IsAllowedOrigin(HttpRequest request, ApiSettings settings)
    {
        var origin = request.Headers.Origin;
        if (origin.Count == 0) return true;
        if (origin.Count > 1 || !Uri.TryCreate(origin[0], UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return false;
        return uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase) || settings.AllowedOrigins.Contains(origin[0]!.TrimEnd('/'), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The token: from the header, else from the subprotocols.</summary>
    public static string? Of(HttpContext context) =>
        Authenticator.Bearer(context.Request)
        ?? context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(p => p.StartsWith(BearerPrefix, StringComparison.Ordinal))?[BearerPrefix.Length..];

    /// <summary>The sequence to resume after: header over query, none for all; false when it is not a number.</summary>
    public static bool TryResume(HttpRequest request, out long since)
    {
        since = 0;
        var given = request.Headers["last_event_id"];
        if (given.Count == 0) given = request.Headers["Last-Event-ID"];
        if (given.Count == 0) given = request.Query["last_event_id"];
        if (given.Count == 0) return true;
        return given.Count == 1 && long.TryParse(given[0], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out since);
    }
}
