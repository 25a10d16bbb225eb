using System.Text.Json.Serialization;

namespace Cavra.Actors.Sessions;

/// <summary>The first event: everything that never changes, but for the plan, which is stored once by its digest.</summary>
internal sealed record SessionCreated : SessionEvent
{
    public override string Type => EventTypes.SessionCreated;
    public required string TicketId { get; init; }
    public required string RequestedBy { get; init; }
    public string? IdempotencyKey { get; init; }
    public required string RunbookId { get; init; }
    public required int RunbookVersion { get; init; }
    public required string RunbookDigest { get; init; }
    public required string PlanDigest { get; init; }
    public required string Title { get; init; }
    public required TargetEnvironment Environment { get; init; }
    public required EnvironmentProfile EnvironmentProfile { get; init; }
    public required ValidationMode ValidationMode { get; init; }
    public required string SandboxProfile { get; init; }
    public required int StepCount { get; init; }
    public required bool UseWorkers { get; init; }
}

/// <summary>The session waits for a worker; in a rollback without one, its state stays as it is.</summary>
internal sealed record SessionQueued : ReasonedEvent
{
    public override string Type => EventTypes.SessionQueued;

    /// <summary>When it gives up.</summary>
    public required DateTimeOffset GiveUpAt { get; init; }
}

/// <summary>The session waits for a directive. Reason null: an operator asked for it.</summary>
internal sealed record SessionPaused : ReasonedEvent
{
    public override string Type => EventTypes.SessionPaused;
}

/// <summary>A paused session goes on.</summary>
internal sealed record SessionResumed : ReasonedEvent
{
    public override string Type => EventTypes.SessionResumed;

    /// <summary>The step with which it goes on; one past the last when none is left.</summary>
    public required int NextStep { get; init; }
}

/// <summary>
/// An operator's word: retry, rollback, cancel or resume; also <c>pause</c>, when it takes effect after the running step, and a manual
/// <c>rollback</c> that must stop the running step first.
/// </summary>
internal sealed record SessionDirective : SessionEvent
{
    public override string Type => EventTypes.SessionDirective;
    public required string Directive { get; init; }

    /// <summary>The operator's words.</summary>
    public required string Reason { get; init; }

    /// <summary>For a rollback of one step: its number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? RollbackStep { get; init; }

    /// <summary>When a running step must be stopped first: until when it must be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StopBy { get; init; }

    /// <summary>True when it takes effect after the running step.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AfterStep { get; init; }
}

/// <summary>Ended well.</summary>
internal sealed record SessionCompleted : ReasonedEvent
{
    public override string Type => EventTypes.SessionCompleted;
}

/// <summary>Ended badly.</summary>
internal sealed record SessionFailed : ReasonedEvent
{
    public override string Type => EventTypes.SessionFailed;
}

/// <summary>Ended by an operator or a backout.</summary>
internal sealed record SessionCancelled : ReasonedEvent
{
    public override string Type => EventTypes.SessionCancelled;
}
