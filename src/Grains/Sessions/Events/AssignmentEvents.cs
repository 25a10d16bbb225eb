using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Identity;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

/// <summary>A worker was chosen; its ACK is awaited until <see cref="AckBy"/>.</summary>
internal sealed record SessionAssigned : ReasonedEvent
{
    public override string Type => EventTypes.SessionAssigned;
    public required WorkerId WorkerId { get; init; }
    public required AssignmentId AssignmentId { get; init; }

    /// <summary>The fence: rises with every assignment of the session.</summary>
    public required int Attempt { get; init; }
    public required TransportChannel TransportChannel { get; init; }
    public required DateTimeOffset AckBy { get; init; }
}

/// <summary>Why an assignment came to nothing.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<AssignmentFailure>))]
internal enum AssignmentFailure
{
    /// <summary>No ACK in time.</summary>
    NoAck,

    /// <summary>The worker said no.</summary>
    Refused,

    /// <summary>Its pre-flight failed, or was not reported in time.</summary>
    AssignmentError,

    /// <summary>It was lost before it was ready.</summary>
    WorkerLost,
}

/// <summary>One assignment attempt failed. Back to the queue, unless it was the last one: then another event ends the session.</summary>
internal sealed record SessionAssignmentFailed : MovingEvent
{
    public override string Type => EventTypes.SessionAssignmentFailed;
    public required WorkerId WorkerId { get; init; }
    public required AssignmentId AssignmentId { get; init; }
    public required int Attempt { get; init; }
    public required AssignmentFailure Reason { get; init; }

    /// <summary>Attempts used so far.</summary>
    public required int RetryCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<PreflightCheck>? Checks { get; init; }

    /// <summary>When a worker is looked for again; null after the last attempt.</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>When the queue gives up; null after the last attempt.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? GiveUpAt { get; init; }
}

/// <summary>
/// The worker is gone, or (<see cref="Fenced"/>) so far out of reach that it may do nothing more for this session: its assignment ends and its
/// results are refused from now on.
/// </summary>
internal sealed record WorkerLost : SessionEvent
{
    public override string Type => EventTypes.WorkerLost;
    public required WorkerId WorkerId { get; init; }
    public required AssignmentId AssignmentId { get; init; }

    /// <summary><c>lost</c>, <c>unresponsive</c> (no result in time) or <c>restarted</c> (it does not know what became of the step).</summary>
    public required string Reason { get; init; }
    public required bool Fenced { get; init; }
}

/// <summary>A lost worker is back; with a step, it told what became of it.</summary>
internal sealed record WorkerRecovered : SessionEvent
{
    public override string Type => EventTypes.WorkerRecovered;
    public required WorkerId WorkerId { get; init; }
    public required AssignmentId AssignmentId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StepOutcome? Outcome { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ExitCode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Attempt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsRollback { get; init; }
}
