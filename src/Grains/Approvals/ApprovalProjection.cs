using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Approvals;

/// <summary>What an approval's change leaves in the audit log and in the outbox.</summary>
internal static class ApprovalProjection
{
    /// <summary>One audit row per event (invariant I8).</summary>
    public static IReadOnlyList<AuditEntry> Audit(ApprovalTaskView task, ImmutableArray<ApprovalEvent> events, string actor, string? traceId, DateTimeOffset now)
    {
        var rows = new List<AuditEntry>(events.Length);
        foreach (var e in events)
        {
            var (action, detail) = e switch
            {
                ApprovalEvent.Opened => ("approval.request", task.Request.Quorum),
                ApprovalEvent.Notified => ("approval.notify", null),
                ApprovalEvent.Voted voted => ("approval.vote", voted.Vote.Approved ? "for" : "against"),
                ApprovalEvent.Decided decided => ("approval.decide", decided.Approved ? "approved" : "rejected"),
                ApprovalEvent.Expired expired => ("approval.expire", $"{expired.Reason}: {expired.Detail}"),
                _ => throw new InvalidOperationException($"no audit row for {e.GetType().Name}"),
            };
            rows.Add(new AuditEntry(now, actor, task.Request.Tenant, action, task.Request.ApprovalId.Value, "ok", null, traceId, detail));
        }

        return rows;
    }

    /// <summary>Notifications: ids, title and times only, never a command (contract, Operations).</summary>
    public static IReadOnlyList<OutboxRow> Outbox(ApprovalTaskView task, ImmutableArray<ApprovalEvent> events)
    {
        foreach (var e in events)
        {
            if (e is ApprovalEvent.Opened) return [Row("approval.requested", task)];
            if (e is ApprovalEvent.Expired { Reason: ApprovalMachine.Sla }) return [Row("approval.expired", task)];
        }

        return [];
    }

    private static OutboxRow Row(string type, ApprovalTaskView task)
    {
        var request = task.Request;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("event", type);
            json.WriteString("approval_id", request.ApprovalId.Value);
            json.WriteNumber("session_id", request.Session.Value);
            json.WriteString("ticket_id", request.TicketId);
            json.WriteString("runbook_id", request.RunbookId);
            json.WriteString("title", request.Title);
            json.WriteString("environment", request.Environment.ToString().ToLowerInvariant());
            json.WriteString("quorum", request.Quorum);
            json.WriteStartArray("step_numbers");
            foreach (var step in request.StepNumbers) json.WriteNumberValue(step);
            json.WriteEndArray();
            json.WriteString("requested_at", Instant(request.RequestedAt));
            json.WriteString("expires_at", Instant(request.ExpiresAt));
            json.WriteString("escalated_from", request.EscalatedFrom?.Value);
            json.WriteString("link", string.Create(CultureInfo.InvariantCulture, $"/executions/{request.Session.Value}"));
            json.WriteEndObject();
        }

        return new OutboxRow(type, $"{type}:{request.ApprovalId.Value}", Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static string Instant(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
