using System.Text.Json;
using Cavra.Actors.Approvals;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Storage.Approvals;

/// <summary>Approval tasks as JSON in their row, and as the contract shows them.</summary>
internal static class ApprovalRows
{
    internal static string Json(ApprovalTaskView task) => JsonSerializer.Serialize(task, WireJson.Options);

    internal static ApprovalTaskView Parse(string json) => JsonSerializer.Deserialize<ApprovalTaskView>(json, WireJson.Options)!;

    internal static bool IsUndecided(ApprovalTaskView task) => task.State is ApprovalState.Pending or ApprovalState.Notified;

    internal static ApprovalView View(ApprovalTaskView task) => new()
    {
        ApprovalId = task.Request.ApprovalId,
        StepNumbers = task.Request.StepNumbers,
        State = task.State,
        Reason = task.Reason,
        Digest = task.Request.Digest,
        Quorum = task.Request.Quorum,
        Votes = task.Votes,
        RequestedAt = task.Request.RequestedAt,
        ExpiresAt = task.Request.ExpiresAt,
        EscalatedFrom = task.Request.EscalatedFrom,
    };

    internal static ApprovalItem Item(ApprovalTaskView task, Identity.ApprovalId? successor) => new()
    {
        ApprovalId = task.Request.ApprovalId,
        SessionId = task.Request.Session,
        TicketId = task.Request.TicketId,
        RunbookId = task.Request.RunbookId,
        Title = task.Request.Title,
        StepNumbers = task.Request.StepNumbers,
        Commands = task.Request.Commands,
        Digest = task.Request.Digest,
        BlastRadius = task.Request.BlastRadius,
        Environment = task.Request.Environment,
        Quorum = task.Request.Quorum,
        Votes = task.Votes,
        RequestedBy = task.Request.RequestedBy,
        RequestedAt = task.Request.RequestedAt,
        ExpiresAt = task.Request.ExpiresAt,
        State = task.State,
        Reason = task.Reason,
        EscalatedFrom = task.Request.EscalatedFrom,
        Successor = successor,
    };
}
