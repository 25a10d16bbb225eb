using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Approvals;

/// <summary>
/// One prompt for a human decision; the key is its id (spec 2.1, 4.3). Durable by its own row with a version. It never waits for the session:
/// it nudges it, and the session reads the task.
/// </summary>
[Alias("cavra.IApprovalTask")]
public interface IApprovalTask : IGrainWithStringKey
{
    /// <summary>Opens the task; the same again is a no-op. Answers the task.</summary>
    [Alias("Open")]
    Task<ApprovalTaskView> Open(ApprovalRequest request);

    /// <summary>A vote, judged by the quorum; decided once.</summary>
    [Alias("Vote")]
    Task<ApprovalReply> Vote(ApprovalBallot ballot);

    /// <summary>Ends an undecided task: its session ended, or what it covers changed. Repeats do no harm.</summary>
    [Alias("Void")]
    Task<ApprovalTaskView?> Void(string reason);

    /// <summary>The task; null when it was never opened.</summary>
    [Alias("View"), AlwaysInterleave]
    Task<ApprovalTaskView?> View();
}

/// <summary>What is to be decided.</summary>
[GenerateSerializer, Alias("cavra.approval-request"), Immutable]
public sealed record ApprovalRequest
{
    /// <summary>The task's id.</summary>
    [Id(0)] public required ApprovalId ApprovalId { get; init; }

    /// <summary>The session that waits.</summary>
    [Id(1)] public required SessionId Session { get; init; }

    /// <summary>Its tenant.</summary>
    [Id(2)] public required TenantId Tenant { get; init; }

    /// <summary>Its ticket.</summary>
    [Id(3)] public required string TicketId { get; init; }

    /// <summary>Its runbook.</summary>
    [Id(4)] public required string RunbookId { get; init; }

    /// <summary>The runbook's title.</summary>
    [Id(5)] public required string Title { get; init; }

    /// <summary>Who started the session; may never decide.</summary>
    [Id(6)] public required string RequestedBy { get; init; }

    /// <summary>Its environment; sets the SLA (spec 4.3).</summary>
    [Id(7)] public required TargetEnvironment Environment { get; init; }

    /// <summary>The steps covered.</summary>
    [Id(8)] public required ImmutableArray<int> StepNumbers { get; init; }

    /// <summary>What they run.</summary>
    [Id(9)] public required ImmutableArray<StepCommand> Commands { get; init; }

    /// <summary>The highest blast radius among them.</summary>
    [Id(10)] public required BlastRadius BlastRadius { get; init; }

    /// <summary>Who must agree.</summary>
    [Id(11)] public required string Quorum { get; init; }

    /// <summary>SHA-256 (hex) of what will run, with session and attempt bound in.</summary>
    [Id(12)] public required string Digest { get; init; }

    /// <summary>When the session asked.</summary>
    [Id(13)] public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When the SLA is breached.</summary>
    [Id(14)] public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The expired task that this one succeeds.</summary>
    [Id(15)] public ApprovalId? EscalatedFrom { get; init; }
}

/// <summary>A vote cast, with who casts it.</summary>
[GenerateSerializer, Alias("cavra.approval-ballot"), Immutable]
public sealed record ApprovalBallot(Actor Actor, bool Approved, string? Notes, string? ApproverRole, string? Digest, string? TraceId);

/// <summary>How a vote ended: the task afterwards, and why not if refused.</summary>
[GenerateSerializer, Alias("cavra.approval-reply"), Immutable]
public sealed record ApprovalReply(ApprovalTaskView? Task, Refusal? Refusal = null);

/// <summary>The task's state.</summary>
[GenerateSerializer, Alias("cavra.approval-task-view"), Immutable]
public sealed record ApprovalTaskView
{
    /// <summary>What it decides.</summary>
    [Id(0)] public required ApprovalRequest Request { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(1)] public required ApprovalState State { get; init; }

    /// <summary>For expired: <c>sla</c> or <c>voided</c>.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>Votes so far, in order.</summary>
    [Id(3)] public ImmutableArray<ApprovalVote> Votes { get; init; } = [];

    /// <summary>When it was decided or expired.</summary>
    [Id(4)] public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>The row's version; every change is one more (the fence).</summary>
    [Id(5)] public long Version { get; init; }
}
