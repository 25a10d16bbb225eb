using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Sessions;

/// <summary>What goes along with a turn's events: rows for connectors and the audit.</summary>
internal static class SessionNotices
{
    /// <summary>
    /// Rows for connectors: ids, title and a link; never command text or output (contract, Operations). Those of approvals come from their tasks.
    /// </summary>
    public static ImmutableArray<OutboxRow> Outbox(Session after, long firstSeq, IReadOnlyList<SessionEvent> events)
    {
        ImmutableArray<OutboxRow> rows = [];
        for (var at = 0; at < events.Count; at++)
        {
            if (events[at] is SessionFailed or SessionCompleted or WorkerLost)
                rows = rows.Add(new(events[at].Type, $"{after.Id}:{firstSeq + at}", Payload(after, firstSeq + at, events[at])));
        }

        return rows;
    }

    /// <summary>The audit row of a turn that moves state (invariant I8); null when none does.</summary>
    public static AuditEntry? Moves(Session after, string by, DateTimeOffset now, string? traceId, string? action, IReadOnlyList<SessionEvent> events, string? ip = null)
    {
        StringBuilder? way = null;
        foreach (var happened in events)
        {
            if (happened is not MovingEvent { To: { } to } moving) continue;
            action ??= moving.Type;
            way ??= new StringBuilder(Name(moving.From));
            way.Append(" > ").Append(Name(to));
        }

        return action is null ? null : new(now, by, after.Tenant, action, Object(after.Id), "ok", ip, traceId, way?.ToString());
    }

    /// <summary>The audit row of something that was refused.</summary>
    public static AuditEntry Refused(SessionId session, TenantId tenant, string by, DateTimeOffset now, string? traceId, string action, string code, string? detail, string? ip = null) =>
        new(now, by, tenant, action, Object(session), code, ip, traceId, detail);

    /// <summary>What an operator's command is called in the audit.</summary>
    public static string Action(SessionCommand command) => command switch
    {
        CreateSession => "session.create",
        DecideStep { Approved: true } => "session.approve",
        DecideStep => "session.reject",
        GiveDirective directive => "session.directive." + Name(directive.Directive),
        PauseSession => "session.pause",
        CancelSession => "session.cancel",
        RollBackSession => "session.rollback",
        _ => "session.command",
    };

    private static string Object(SessionId session) => $"session:{session}";

    private static string Name<T>(T value) => value is null ? "none" : JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!);

    private static string Payload(Session session, long seq, SessionEvent happened)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("event", happened.Type);
            json.WriteNumber("event_id", seq);
            json.WriteNumber("session_id", session.Id.Value);
            json.WriteString("tenant_id", session.Tenant.Value);
            json.WriteString("ticket_id", session.TicketId);
            json.WriteString("runbook_id", session.Plan.RunbookId);
            json.WriteString("title", session.Plan.Title);
            json.WriteString("environment", Name(session.Plan.Environment));
            json.WriteString("state", Name(session.State));
            if (session.Reason is { } reason) json.WriteString("reason", Name(reason));
            if (happened is WorkerLost lost) json.WriteString("worker_id", lost.WorkerId.Value);
            if (happened.Step is { } step) json.WriteNumber("step_number", step);
            json.WriteString("at", happened.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("link", $"/executions/{session.Id}");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
