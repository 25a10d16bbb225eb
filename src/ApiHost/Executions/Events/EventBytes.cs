using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.ApiHost.Executions.Events;

/// <summary>An event's envelope (contract, section Events) as the UTF-8 text that every client gets; written once, shared by all sockets.</summary>
internal sealed record EventBytes(long Id, byte[] Utf8, bool IsFinal)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>Writes an event's envelope.</summary>
    public static EventBytes Of(StoredEvent stored, SessionHead head)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, Options)) Write(json, stored, head);
        var bytes = new EventBytes(stored.EventId, buffer.WrittenSpan.ToArray(), EventTypes.IsFinal(stored.EventType));
        if (buffer.Capacity > 1 << 20) _buffer = null;
        return bytes;
    }

    private static void Write(Utf8JsonWriter json, StoredEvent stored, SessionHead head)
    {
        json.WriteStartObject();
        json.WriteString("event", stored.EventType);
        json.WriteNumber("event_id", stored.EventId);
        json.WriteNumber("session_id", stored.SessionId.Value);
        if (stored.StepNumber is { } step) json.WriteNumber("step_number", step);
        else json.WriteNull("step_number");
        json.WritePropertyName("timestamp");
        JsonSerializer.Serialize(json, stored.CreatedAt, Wire<DateTimeOffset>.Info);
        json.WritePropertyName("payload");
        json.WriteRawValue(stored.Payload, skipInputValidation: true);
        json.WriteStartObject("meta");
        json.WriteString("worker_id", stored.WorkerId);
        json.WriteString("environment", WireNames<TargetEnvironment>.Name(head.Environment));
        json.WriteString("sandbox_profile", head.SandboxProfile);
        json.WriteString("tenant_id", head.TenantId.Value);
        json.WriteString("trace_id", stored.TraceId);
        json.WriteString("actor", stored.Actor);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
