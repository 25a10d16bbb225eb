using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Sessions;

/// <summary>The session of the contract, field for field.</summary>
[GenerateSerializer, Alias("cavra.session-view"), Immutable]
public sealed record SessionView
{
#pragma warning disable CS1591 // The contract documents each field under the same name.
    [Id(0)] public required SessionId SessionId { get; init; }
    [Id(1)] public required TenantId TenantId { get; init; }
    [Id(2)] public required string TicketId { get; init; }
    [Id(3)] public required string RunbookId { get; init; }
    [Id(4)] public required int RunbookVersion { get; init; }
    [Id(5)] public required string RunbookDigest { get; init; }
    [Id(6)] public required SessionState State { get; init; }
    [Id(7)] public SessionReason? Reason { get; init; }
    [Id(8)] public required ValidationMode ValidationMode { get; init; }
    [Id(9)] public required TargetEnvironment Environment { get; init; }
    [Id(10)] public required EnvironmentProfile EnvironmentProfile { get; init; }
    [Id(11)] public required string SandboxProfile { get; init; }
    [Id(12)] public TransportChannel? TransportChannel { get; init; }
    [Id(13)] public WorkerId? WorkerId { get; init; }
    [Id(14)] public int? CurrentStep { get; init; }
    [Id(15)] public required long LastEventSeq { get; init; }
    [Id(16)] public int AssignmentRetryCount { get; init; }
    [Id(17)] public string? IdempotencyKey { get; init; }
    [Id(18)] public required string RequestedBy { get; init; }
    [Id(19)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(20)] public DateTimeOffset? StartedAt { get; init; }
    [Id(21)] public DateTimeOffset? CompletedAt { get; init; }
    [Id(22)] public required ImmutableArray<StepView> Steps { get; init; }
    [Id(23)] public ImmutableArray<ApprovalView> Approvals { get; init; } = [];
    [Id(24)] public ImmutableSortedDictionary<int, StepOutputView> Outputs { get; init; } = ImmutableSortedDictionary<int, StepOutputView>.Empty;

    /// <summary>The runbook's title (additive).</summary>
    [Id(25)] public string? Title { get; init; }

    /// <summary>In plain words, why the session is where it is (additive).</summary>
    [Id(26)] public string? Detail { get; init; }
}

/// <summary>A step of the contract's session.</summary>
[GenerateSerializer, Alias("cavra.step-view"), Immutable]
public sealed record StepView
{
    [Id(0)] public required int StepNumber { get; init; }
    [Id(1)] public required string Name { get; init; }
    [Id(2)] public required StepPhase Phase { get; init; }
    [Id(3)] public required StepState State { get; init; }
    [Id(4)] public StepReason? Reason { get; init; }
    [Id(5)] public StepOutcome? Outcome { get; init; }
    [Id(6)] public required StepCommand Command { get; init; }
    [Id(7)] public required StepArgs Args { get; init; }
    [Id(8)] public int Attempt { get; init; }
    [Id(9)] public BlastRadius BlastRadius { get; init; }
    [Id(10)] public bool Critical { get; init; }
    [Id(11)] public bool Destructive { get; init; }
    [Id(12)] public bool Irreversible { get; init; }
    [Id(13)] public required string ApprovalPolicy { get; init; }
    [Id(14)] public required string SandboxProfile { get; init; }
    [Id(15)] public ImmutableArray<string> CredentialsUsed { get; init; } = [];
    [Id(16)] public int? ExitCode { get; init; }
    [Id(17)] public long? ExecutionMs { get; init; }
    [Id(18)] public DateTimeOffset? StartedAt { get; init; }
    [Id(19)] public DateTimeOffset? CompletedAt { get; init; }
    [Id(20)] public RollbackView? Rollback { get; init; }
    [Id(21)] public ImmutableArray<string> Targets { get; init; } = [];
    [Id(22)] public ActionBudget? ActionBudget { get; init; }

    /// <summary>Digest of exactly what runs (additive).</summary>
    [Id(23)] public string? Digest { get; init; }

    /// <summary>Plain words on why it failed or waits (additive).</summary>
    [Id(24)] public string? Detail { get; init; }
}

/// <summary>The <c>args</c> object of spec 3.3.</summary>
[GenerateSerializer, Alias("cavra.step-args"), Immutable]
public sealed record StepArgs(int Timeout, string Cwd, bool Shell);

/// <summary>A step's rollback and what became of it.</summary>
[GenerateSerializer, Alias("cavra.rollback-view"), Immutable]
public sealed record RollbackView
{
    [Id(0)] public required StepCommand Command { get; init; }
    [Id(1)] public ImmutableArray<string> Conditions { get; init; } = [];

    /// <summary>Null until it was asked for; then running, succeeded or failed in the step's own words.</summary>
    [Id(2)] public StepState? State { get; init; }
    [Id(3)] public StepOutcome? Outcome { get; init; }
    [Id(4)] public int? ExitCode { get; init; }
    [Id(5)] public string? Digest { get; init; }
}

/// <summary>The end of a step's output.</summary>
[GenerateSerializer, Alias("cavra.step-output-view"), Immutable]
public sealed record StepOutputView(string StdoutTail, string StderrTail, long Bytes, bool Truncated);
#pragma warning restore CS1591
