using Cavra.Actors.Identity;
using Microsoft.AspNetCore.Http.Features;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>A verified token: who it is, until when, and the subject's request budget.</summary>
internal sealed class Caller(Actor actor, DateTimeOffset expires, RequestBudget budget)
{
    private long _seenAtTicks;

    /// <summary>Who asks.</summary>
    public Actor Actor { get; } = actor;

    /// <summary>When the token ends.</summary>
    public DateTimeOffset Expires { get; } = expires;

    /// <summary>The subject's budget, shared by its tokens.</summary>
    public RequestBudget Budget { get; } = budget;

    /// <summary>The caller of a request that passed the gate.</summary>
    public static Caller Of(HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    /// <summary>Who asks for a change, with the address that the audit names.</summary>
    public static Actor ActorOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        if (address is { IsIPv4MappedToIPv6: true }) address = address.MapToIPv4();
        return Of(context).Actor with { Ip = address?.ToString() };
    }

    /// <summary>True about once a minute: the directory is to be told that the subject was seen.</summary>
    public bool IsDueForDirectory(DateTimeOffset now)
    {
        var last = Interlocked.Read(ref _seenAtTicks);
        return now.UtcTicks - last >= TimeSpan.TicksPerMinute && Interlocked.CompareExchange(ref _seenAtTicks, now.UtcTicks, last) == last;
    }
}
