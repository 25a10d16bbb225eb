using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Workers.Channel;

/// <summary>
/// One message of the agent channel (contract, section Agent port), either way. Frames from agents are input like any other: validated and
/// bounded at the edge before they reach a grain.
/// </summary>
[GenerateSerializer, Alias("cavra.agent-frame"), Immutable]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(AssignFrame), "session.assign")]
[JsonDerivedType(typeof(CommandFrame), "session.command")]
[JsonDerivedType(typeof(CancelFrame), "session.cancel")]
[JsonDerivedType(typeof(AckFrame), "ack")]
[JsonDerivedType(typeof(OutputAckFrame), "output.ack")]
[JsonDerivedType(typeof(AssignmentAckFrame), "session.ack")]
[JsonDerivedType(typeof(PreflightFrame), "session.preflight")]
[JsonDerivedType(typeof(StepStartedFrame), "step.started")]
[JsonDerivedType(typeof(StepOutputFrame), "step.output")]
[JsonDerivedType(typeof(StepResultFrame), "session.result")]
public abstract record AgentFrame
{
    /// <summary>Unique per sender; the receiver acknowledges it.</summary>
    [Id(0)] public string? MessageId { get; init; }

    /// <summary>The same for every copy of one effect (spec 7.4).</summary>
    [Id(1)] public string? IdempotencyKey { get; init; }

    /// <summary>W3C trace context.</summary>
    [Id(2)] public string? Traceparent { get; init; }
}

/// <summary>A frame about one session's assignment.</summary>
[GenerateSerializer, Alias("cavra.session-frame"), Immutable]
public abstract record SessionFrame : AgentFrame
{
    /// <summary>The session.</summary>
    [Id(0)] public required SessionId SessionId { get; init; }

    /// <summary>The fence.</summary>
    [Id(1)] public required AssignmentId AssignmentId { get; init; }
}

/// <summary>Down <c>session.assign</c>: spec 3.3 with the fence and the deadline of the ACK.</summary>
[GenerateSerializer, Alias("cavra.assign-frame"), Immutable]
public sealed record AssignFrame : SessionFrame
{
#pragma warning disable CS1591 // Spec 3.3 documents each field under the same name.
    [Id(0)] public required int Attempt { get; init; }
    [Id(1)] public required TenantId TenantId { get; init; }
    [Id(2)] public required string TicketId { get; init; }
    [Id(3)] public required EnvironmentProfile EnvironmentProfile { get; init; }
    [Id(4)] public required WorkerRequirements WorkerRequirements { get; init; }
    [Id(5)] public ImmutableArray<PlannedStep> RunbookSteps { get; init; } = [];
    [Id(6)] public ImmutableArray<string> Credentials { get; init; } = [];
    [Id(7)] public required string SandboxProfile { get; init; }
    [Id(8)] public int AckWithinMs { get; init; } = 5000;

    /// <summary>Digest of the plan, so that a worker may keep the steps of a plan that it has seen.</summary>
    [Id(9)] public string? PlanDigest { get; init; }

    /// <summary>The runbook's id; with version and digest part of every step's digest, which the worker recomputes.</summary>
    [Id(10)] public string? RunbookId { get; init; }

    /// <summary>The runbook's version.</summary>
    [Id(11)] public int RunbookVersion { get; init; }

    /// <summary>Digest of that version.</summary>
    [Id(12)] public string? RunbookDigest { get; init; }
}

/// <summary>Down <c>session.command</c>: run one step, or its rollback.</summary>
[GenerateSerializer, Alias("cavra.command-frame"), Immutable]
public sealed record CommandFrame : SessionFrame
{
    [Id(0)] public required int StepNumber { get; init; }
    [Id(1)] public required int Attempt { get; init; }
    [Id(2)] public required StepCommand Command { get; init; }
    [Id(3)] public required StepArgs Args { get; init; }
    [Id(4)] public string? ApprovalToken { get; init; }
    [Id(5)] public CommandRollback? Rollback { get; init; }
    [Id(6)] public required string Digest { get; init; }
    [Id(7)] public required int TimeoutS { get; init; }
    [Id(8)] public bool IsRollback { get; init; }
}

/// <summary>The rollback object of spec 3.3.</summary>
[GenerateSerializer, Alias("cavra.command-rollback"), Immutable]
public sealed record CommandRollback(StepCommand Command, ImmutableArray<string> Conditions);

/// <summary>Down <c>session.cancel</c>: kill the process tree, revoke leases, report. Also ends the worker's hold when the session ended.</summary>
[GenerateSerializer, Alias("cavra.cancel-frame"), Immutable]
public sealed record CancelFrame : SessionFrame
{
    [Id(0)] public required string Reason { get; init; }

    /// <summary>
    /// Null: the assignment ends and all that the worker keeps of it goes. A number: only that running step is stopped and its result reported; the
    /// assignment and its work folder stay, a rollback follows.
    /// </summary>
    [Id(1)] public int? StepNumber { get; init; }
}

/// <summary>Either way <c>ack</c> of a control frame.</summary>
[GenerateSerializer, Alias("cavra.ack-frame"), Immutable]
public sealed record AckFrame : AgentFrame
{
    /// <summary>A stable code when the frame was refused (<c>stale_assignment</c>, ...); null when taken.</summary>
    [Id(0)] public string? Code { get; init; }
}

/// <summary>Down <c>output.ack</c>, cumulative.</summary>
[GenerateSerializer, Alias("cavra.output-ack-frame"), Immutable]
public sealed record OutputAckFrame : AgentFrame
{
    [Id(0)] public required SessionId SessionId { get; init; }
    [Id(1)] public required int StepNumber { get; init; }
    [Id(2)] public required long StreamSeq { get; init; }

    /// <summary>The run that it is about, since each counts from 1; null means the step's run of now.</summary>
    [Id(3)] public int? Attempt { get; init; }
    [Id(4)] public bool? IsRollback { get; init; }
}

/// <summary>Up <c>session.ack</c>.</summary>
[GenerateSerializer, Alias("cavra.assignment-ack-frame"), Immutable]
public sealed record AssignmentAckFrame : SessionFrame
{
    [Id(0)] public required bool Accepted { get; init; }
    [Id(1)] public string? Reason { get; init; }
}

/// <summary>Up <c>session.preflight</c>.</summary>
[GenerateSerializer, Alias("cavra.preflight-frame"), Immutable]
public sealed record PreflightFrame : SessionFrame
{
    [Id(0)] public required bool Ok { get; init; }
    [Id(1)] public ImmutableArray<PreflightCheck> Checks { get; init; } = [];
}

/// <summary>One pre-flight check and what it found.</summary>
[GenerateSerializer, Alias("cavra.preflight-check"), Immutable]
public sealed record PreflightCheck(string Name, bool Ok, string? Detail);

/// <summary>Up <c>step.started</c>.</summary>
[GenerateSerializer, Alias("cavra.step-started-frame"), Immutable]
public sealed record StepStartedFrame : SessionFrame
{
    [Id(0)] public required int StepNumber { get; init; }
    [Id(1)] public int Attempt { get; init; } = 1;
    [Id(2)] public bool IsRollback { get; init; }
}

/// <summary>Up <c>step.output</c>: at most 32 KiB of redacted text.</summary>
[GenerateSerializer, Alias("cavra.step-output-frame"), Immutable]
public sealed record StepOutputFrame : SessionFrame
{
    [Id(0)] public required int StepNumber { get; init; }
    [Id(1)] public int Attempt { get; init; } = 1;
    [Id(2)] public bool IsRollback { get; init; }
    [Id(3)] public required long StreamSeq { get; init; }
    [Id(4)] public required string ChunkType { get; init; }
    [Id(5)] public required string Data { get; init; }
}

/// <summary>Up <c>session.result</c>: spec 3.3 with the fence.</summary>
[GenerateSerializer, Alias("cavra.step-result-frame"), Immutable]
public sealed record StepResultFrame : SessionFrame
{
    [Id(0)] public required int StepNumber { get; init; }
    [Id(1)] public required int Attempt { get; init; }
    [Id(2)] public bool IsRollback { get; init; }

    /// <summary><c>succeeded</c>, <c>failed</c> or <c>unknown</c>.</summary>
    [Id(3)] public required StepOutcome Status { get; init; }
    [Id(4)] public string? Stdout { get; init; }
    [Id(5)] public string? Stderr { get; init; }
    [Id(6)] public int? ExitCode { get; init; }
    [Id(7)] public long ExecutionMs { get; init; }
    [Id(8)] public string? SandboxProfile { get; init; }
    [Id(9)] public ImmutableArray<string> CredentialIds { get; init; } = [];
    [Id(10)] public BlastRadius? BlastRadius { get; init; }

    /// <summary>Why it failed, when it did.</summary>
    [Id(11)] public StepReason? Reason { get; init; }

    /// <summary>Plain words, never a secret.</summary>
    [Id(12)] public string? Detail { get; init; }

    /// <summary>Whether output past the cap was dropped.</summary>
    [Id(13)] public bool Truncated { get; init; }

    /// <summary>The last <c>stream_seq</c> sent for the step; the result is applied once output up to it is stored.</summary>
    [Id(14)] public long LastStreamSeq { get; init; }
}
#pragma warning restore CS1591
