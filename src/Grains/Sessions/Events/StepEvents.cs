using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

/// <summary>The worker began the step.</summary>
internal sealed record StepStarted : SessionEvent
{
    public override string Type => EventTypes.StepStarted;
    public required int Attempt { get; init; }
}

/// <summary>A piece of a run's output.</summary>
internal sealed record StepOutput : SessionEvent
{
    public override string Type => EventTypes.StepOutput;

    /// <summary>1, 2, 3, ... within the run, without gap.</summary>
    public required long StreamSeq { get; init; }

    /// <summary>stdout, stderr or status.</summary>
    public required string ChunkType { get; init; }
    public required string Data { get; init; }
    public required int Attempt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsRollback { get; init; }

    /// <summary>Bytes of the run's stdout and stderr before this piece, so that the last piece alone tells the size.</summary>
    public required long Offset { get; init; }
}

/// <summary>What a run's end says, whichever way it went.</summary>
internal abstract record RunEnded : SessionEvent
{
    public int? ExitCode { get; init; }
    public long? ExecutionMs { get; init; }
    public required int Attempt { get; init; }
    public required StepOutcome Outcome { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<string>? CredentialIds { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Truncated { get; init; }

    /// <summary>Plain words, never a secret.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }
}

/// <summary>The step ended as expected.</summary>
internal sealed record StepCompleted : RunEnded
{
    public override string Type => EventTypes.StepCompleted;
}

/// <summary>The step ended otherwise, did not run, or its outcome is unknown.</summary>
internal sealed record StepFailed : RunEnded
{
    public override string Type => EventTypes.StepFailed;
    public required StepReason Reason { get; init; }
}

/// <summary>How a further attempt is approved.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RetryGate>))]
internal enum RetryGate
{
    /// <summary>The plan's gates count as for the first attempt.</summary>
    AsPlanned,

    /// <summary>A human, whatever the plan says (spec 7.2).</summary>
    Human,

    /// <summary>The runbook's own retry of a low-blast step: no gate.</summary>
    None,
}

/// <summary>The step will run again, as a new attempt.</summary>
internal sealed record StepRetrying : SessionEvent
{
    public override string Type => EventTypes.StepRetrying;

    /// <summary>The new attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>Why the last one failed.</summary>
    public StepReason? Reason { get; init; }
    public required RetryGate Approval { get; init; }

    /// <summary>The runbook's own retry, not an operator's.</summary>
    public required bool Automatic { get; init; }
    public DateTimeOffset? NextTryAt { get; init; }
}

/// <summary>The step's credentials were leased on the worker; ids only.</summary>
internal sealed record CredentialLeased : SessionEvent
{
    public override string Type => EventTypes.CredentialLeased;
    public required ImmutableArray<string> CredentialIds { get; init; }
}

/// <summary>Leases ended with the step; ids only.</summary>
internal sealed record CredentialRevoked : SessionEvent
{
    public override string Type => EventTypes.CredentialRevoked;
    public required ImmutableArray<string> CredentialIds { get; init; }
}

/// <summary>What follows a rollback.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<AfterRollback>))]
internal enum AfterRollback
{
    /// <summary>The session ends as failed, rolled_back.</summary>
    Fail,

    /// <summary>The session waits for a directive.</summary>
    Pause,
}

/// <summary>The rollback of one step begins; the first one moves the session and tells the whole way.</summary>
internal sealed record RollbackStarted : ReasonedEvent
{
    public override string Type => EventTypes.RollbackStarted;
    public required int Attempt { get; init; }

    /// <summary>Steps to be rolled back from here on, in order.</summary>
    public required ImmutableArray<int> StepNumbers { get; init; }
    public required AfterRollback Then { get; init; }

    /// <summary>The reason that a pause after it has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SessionReason? Cause { get; init; }
}

/// <summary>The rollback of one step ended, one way or the other.</summary>
internal sealed record RollbackCompleted : RunEnded
{
    public override string Type => EventTypes.RollbackCompleted;
    public StepReason? Reason { get; init; }
}
