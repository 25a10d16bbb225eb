using System.Globalization;
using System.Text;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Dispatch;

/// <summary>A session that wants a worker, with the name of its kind: sessions of one kind fit the same workers.</summary>
internal sealed class SessionNeeds(DispatchRequest request)
{
    public DispatchRequest Request { get; } = request;

    public SessionId Session => Request.Session;

    public string Kind { get; } = KindOf(request);

    /// <summary>The session does not want it any more; what is reserved meanwhile is given back.</summary>
    public bool Withdrawn { get; set; }

    /// <summary>A place is being reserved.</summary>
    public bool Placing { get; set; }

    /// <summary>Offers that the session did not fetch.</summary>
    public int Unfetched { get; set; }

    /// <summary>Older first; the session's number among equals.</summary>
    public static Comparer<SessionNeeds> Order { get; } = Comparer<SessionNeeds>.Create(static (a, b) =>
    {
        var byTime = a.Request.QueuedAt.CompareTo(b.Request.QueuedAt);
        return byTime != 0 ? byTime : a.Session.Value.CompareTo(b.Session.Value);
    });

    private static string KindOf(DispatchRequest request)
    {
        var kind = new StringBuilder(96);
        kind.Append(request.InProcess ? "in|" : "out|").Append(request.SandboxProfile).Append('|').Append(request.Requirements.NetworkSegment).Append('|');
        if (request.Requirements.MaxLatencyMs is { } latency) kind.Append(CultureInfo.InvariantCulture, $"{latency}");
        foreach (var capability in request.Requirements.Capabilities) kind.Append('|').Append(capability);
        kind.Append('#');
        foreach (var avoided in request.Avoid) kind.Append('|').Append(avoided.Value);
        return kind.ToString();
    }
}
