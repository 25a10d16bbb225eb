using System.Text.Json.Serialization;

namespace Cavra.Actors.Sessions;

/// <summary>
/// Something that happened to a session: one record per event type of the contract. The properties that are not ignored are its payload on the
/// wire and in the table; the rest stands in the event's own columns.
/// </summary>
internal abstract record SessionEvent
{
    /// <summary>The contract's name.</summary>
    [JsonIgnore]
    public abstract string Type { get; }

    /// <summary>When it was decided, to the millisecond.</summary>
    [JsonIgnore]
    public DateTimeOffset At { get; init; }

    /// <summary>Who caused it.</summary>
    [JsonIgnore]
    public string By { get; init; } = "system";

    /// <summary>The step concerned, if one is.</summary>
    [JsonIgnore]
    public int? Step { get; init; }

    /// <summary>The worker that held the session when it happened.</summary>
    [JsonIgnore]
    public string? Holder { get; init; }
}

/// <summary>An event that may move the session's state. When it does, <c>from</c>, <c>to</c> and <c>reason</c> are on the wire, else none of them.</summary>
internal abstract record MovingEvent : SessionEvent
{
    /// <summary>The state before; null before the first.</summary>
    public SessionState? From { get; init; }

    /// <summary>The state after; null when it does not move.</summary>
    public SessionState? To { get; init; }

    /// <summary>The reason that the session has after the move.</summary>
    [JsonIgnore]
    public virtual SessionReason? StateReason => null;

    /// <summary>Plain words for people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }
}

/// <summary>A moving event whose <c>reason</c> is one of the session's reasons.</summary>
internal abstract record ReasonedEvent : MovingEvent
{
    /// <summary>Why; null when nothing is wrong.</summary>
    public SessionReason? Reason { get; init; }

    /// <inheritdoc/>
    public override SessionReason? StateReason => Reason;
}
