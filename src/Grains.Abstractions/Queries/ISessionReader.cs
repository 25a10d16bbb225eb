using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Queries;

/// <summary>Reads sessions from the tables. Tenant-scoped: another tenant's session does not exist here.</summary>
public interface ISessionReader
{
    /// <summary>Tenant, environment and the like, needed to write an event's <c>meta</c>; null when the tenant has no such session.</summary>
    Task<SessionHead?> Head(TenantId tenant, SessionId session, CancellationToken cancellation);

    /// <summary>Events after <paramref name="since"/>, oldest first, at most <paramref name="limit"/> and about 4 MiB of payload.</summary>
    Task<ImmutableArray<StoredEvent>> Events(TenantId tenant, SessionId session, long since, int limit, CancellationToken cancellation);

    /// <summary>The session as it was after an event (<c>at=</c>); null when there is no such event.</summary>
    Task<SessionView?> ViewAt(TenantId tenant, SessionId session, long eventId, CancellationToken cancellation);

    /// <summary>Sessions, newest first.</summary>
    Task<Page<SessionView>> List(TenantId tenant, SessionFilter filter, CancellationToken cancellation);

    /// <summary>Ends of the outputs of every step that has any, as of event <paramref name="upTo"/>: at most 8 KiB a stream.</summary>
    Task<ImmutableSortedDictionary<int, StepOutputView>> OutputTails(TenantId tenant, SessionId session, long upTo, CancellationToken cancellation);

    /// <summary>A slice of a step's output in bytes; <paramref name="stream"/> is stdout, stderr or all.</summary>
    Task<OutputSlice> Output(TenantId tenant, SessionId session, int step, string stream, long offset, int limit, CancellationToken cancellation);

    /// <summary>The session that holds a ticket now.</summary>
    Task<SessionId?> LiveSession(TenantId tenant, string ticketId, CancellationToken cancellation);
}

/// <summary>What an event's <c>meta</c> needs of its session.</summary>
public sealed record SessionHead(SessionId SessionId, TenantId TenantId, TargetEnvironment Environment, string SandboxProfile, long LastEventSeq, bool Ended);

/// <summary>Filters of <c>GET /api/v1/executions</c>.</summary>
public sealed record SessionFilter
{
#pragma warning disable CS1591 // The contract documents each field under the same name.
    public SessionState? State { get; init; }
    public string? TicketId { get; init; }
    public TargetEnvironment? Environment { get; init; }
    public WorkerId? WorkerId { get; init; }
    public string? RequestedBy { get; init; }
    public DateTimeOffset? Since { get; init; }
    public int Limit { get; init; } = 50;
    public string? Cursor { get; init; }
#pragma warning restore CS1591
}

/// <summary>A page of a list; a null cursor means the end.</summary>
public sealed record Page<T>(ImmutableArray<T> Items, string? NextCursor);

/// <summary>Bytes of output; <paramref name="Total"/> is the stream's length so far.</summary>
public sealed record OutputSlice(byte[] Bytes, long Offset, long Total);
