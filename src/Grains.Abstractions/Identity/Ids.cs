using System.Text.Json.Serialization;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Identity;

/// <summary>An id that travels as a JSON string.</summary>
/// <typeparam name="TSelf">The id's own type.</typeparam>
public interface IStringId<TSelf>
    where TSelf : struct, IStringId<TSelf>
{
    /// <summary>The text on the wire.</summary>
    string Value { get; }

    /// <summary>Wraps text that has been validated at the edge.</summary>
    static abstract TSelf From(string value);
}

/// <summary>A session's number; unique in the installation, rising.</summary>
[GenerateSerializer, Alias("cavra.session-id"), Immutable]
[JsonConverter(typeof(SessionIdJsonConverter))]
public readonly record struct SessionId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The tenant that owns an object; comes from the token, never from a body.</summary>
[GenerateSerializer, Alias("cavra.tenant-id"), Immutable]
[JsonConverter(typeof(StringIdJsonConverter<TenantId>))]
public readonly record struct TenantId(string Value) : IStringId<TenantId>
{
    /// <inheritdoc/>
    public static TenantId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A worker's name: its certificate's subject CN.</summary>
[GenerateSerializer, Alias("cavra.worker-id"), Immutable]
[JsonConverter(typeof(StringIdJsonConverter<WorkerId>))]
public readonly record struct WorkerId(string Value) : IStringId<WorkerId>
{
    /// <inheritdoc/>
    public static WorkerId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>
/// The fence of one assignment of one session to one worker. Derived from the session and its rising attempt, so a restarted
/// orchestrator names the same assignment again (ARCHITECTURE section 3, AgentWorker).
/// </summary>
[GenerateSerializer, Alias("cavra.assignment-id"), Immutable]
[JsonConverter(typeof(StringIdJsonConverter<AssignmentId>))]
public readonly record struct AssignmentId(string Value) : IStringId<AssignmentId>
{
    /// <inheritdoc/>
    public static AssignmentId From(string value) => new(value);

    /// <summary>The assignment of a session's n-th fence (1, 2, ...).</summary>
    public static AssignmentId For(SessionId session, int fence) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"asg-{session.Value}-{fence}"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An approval task's name, derived from its session and its ordinal there.</summary>
[GenerateSerializer, Alias("cavra.approval-id"), Immutable]
[JsonConverter(typeof(StringIdJsonConverter<ApprovalId>))]
public readonly record struct ApprovalId(string Value) : IStringId<ApprovalId>
{
    /// <inheritdoc/>
    public static ApprovalId From(string value) => new(value);

    /// <summary>The session's n-th approval (1, 2, ...), successors counted.</summary>
    public static ApprovalId For(SessionId session, int ordinal) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"appr-{session.Value}-{ordinal}"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
