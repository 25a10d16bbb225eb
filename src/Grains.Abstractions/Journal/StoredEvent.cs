using System.Collections.Immutable;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Journal;

/// <summary>
/// One event as it lies in <c>execution_events</c>: the payload is the exact JSON text that was hashed. Storage, streams and sockets pass it on
/// unread.
/// </summary>
[GenerateSerializer, Alias("cavra.stored-event"), Immutable]
public sealed record StoredEvent
{
    /// <summary>The session.</summary>
    [Id(0)] public required SessionId SessionId { get; init; }

    /// <summary>1, 2, 3, ... within the session, without gap (invariant I3).</summary>
    [Id(1)] public required long EventId { get; init; }

    /// <summary>The contract's event name.</summary>
    [Id(2)] public required string EventType { get; init; }

    /// <summary>The step concerned, if one is.</summary>
    [Id(3)] public int? StepNumber { get; init; }

    /// <summary>The contract's payload as JSON text.</summary>
    [Id(4)] public required string Payload { get; init; }

    /// <summary>Who caused it.</summary>
    [Id(5)] public required string Actor { get; init; }

    /// <summary>The worker that held the session then.</summary>
    [Id(6)] public string? WorkerId { get; init; }

    /// <summary>The trace that it belongs to.</summary>
    [Id(7)] public string? TraceId { get; init; }

    /// <summary>When it was decided, to the millisecond.</summary>
    [Id(8)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>SHA-256 over the previous event's hash and this event's canonical bytes.</summary>
    [Id(9)] public required ImmutableArray<byte> Hash { get; init; }
}

/// <summary>What a session's stream carries: the events of one commit, in order. A hint only; readers fill gaps from the table.</summary>
[GenerateSerializer, Alias("cavra.session-events"), Immutable]
public sealed record SessionEvents(SessionId SessionId, ImmutableArray<StoredEvent> Events)
{
    /// <summary>Name of the stream provider.</summary>
    public const string StreamProvider = "cavra";

    /// <summary>Namespace of the streams; their key is the session's number.</summary>
    public const string StreamNamespace = "session-events";
}
