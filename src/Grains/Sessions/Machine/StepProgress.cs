using System.Collections.Immutable;

namespace Cavra.Actors.Sessions;

/// <summary>Where one step of a session stands.</summary>
internal sealed record StepProgress
{
    public required int Number { get; init; }
    public StepState State { get; init; } = StepState.Pending;
    public StepReason? Reason { get; init; }
    public StepOutcome? Outcome { get; init; }

    /// <summary>The attempt that runs, ran last, or comes next: 1, 2, ...</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Whether any attempt's command was decided.</summary>
    public bool Dispatched { get; init; }
    public int? ExitCode { get; init; }
    public long? ExecutionMs { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public ImmutableArray<string> CredentialsUsed { get; init; } = [];
    public string? Detail { get; init; }

    /// <summary>Retries of the runbook's own that are used.</summary>
    public int AutomaticRetries { get; init; }

    /// <summary>How the coming attempt is approved.</summary>
    public RetryGate Gate { get; init; }

    /// <summary>Not before this.</summary>
    public DateTimeOffset? RetryAt { get; init; }
    public int RollbackAttempt { get; init; }
    public StepState? RollbackState { get; init; }
    public StepOutcome? RollbackOutcome { get; init; }
    public int? RollbackExitCode { get; init; }

    /// <summary>Bytes of output of the last run.</summary>
    public long OutputBytes { get; init; }
    public bool OutputTruncated { get; init; }

    /// <summary>The last run whose outcome is not known; a late report may settle it.</summary>
    public RunKey? Unsettled { get; init; }

    /// <summary>Runs whose result was taken (invariant I5). At most one per attempt, so bounded by the retries and an operator's patience.</summary>
    public ImmutableArray<RunKey> Settled { get; init; } = [];

    /// <summary>Whether the step may have changed something and was not taken back.</summary>
    public bool MayHaveActed => Dispatched && State is StepState.Succeeded or StepState.Failed && Outcome is not (null or StepOutcome.NotRun);

    /// <summary>Whether the step is still to run.</summary>
    public bool IsAhead => State is StepState.Pending or StepState.AwaitingApproval or StepState.Approved;
}
