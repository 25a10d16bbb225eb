using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Cavra.Actors.WorkerAgent.Logging;

/// <summary>One log record as one line of JSON, whatever its values hold (spec 6.2; hazard E05).</summary>
internal sealed class JsonLines(string workerId) : ITextFormatter
{
    // A record goes to its sinks one after the other on one thread: made once, written twice.
    [ThreadStatic]
    private static (LogEvent Event, string Line)? t_last;

    private static readonly ConcurrentDictionary<string, string> Names = new(StringComparer.Ordinal) { ["SourceContext"] = "category" };
    private const int LongestText = 8 * 1024;
    private static readonly MessageTemplateTextFormatter Plain = new("{Message:lj}", CultureInfo.InvariantCulture);
    private static readonly JsonWriterOptions Escaped = new() { Encoder = JavaScriptEncoder.Default };

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        if (t_last is not { } last || !ReferenceEquals(last.Event, logEvent))
            t_last = last = (logEvent, Line(logEvent));
        output.Write(last.Line);
    }

    private string Line(LogEvent logEvent)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Escaped))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", Level(logEvent.Level));
            json.WriteString("message", Bounded(Message(logEvent)));
            if (!logEvent.Properties.ContainsKey("WorkerId"))
                json.WriteString("worker_id", workerId);
            foreach (var (name, value) in logEvent.Properties)
                Write(json, Names.GetOrAdd(name, JsonNamingPolicy.SnakeCaseLower.ConvertName), value);
            if (logEvent.Exception is { } exception)
                json.WriteString("exception", Bounded(exception.ToString()));
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Message(LogEvent logEvent)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Plain.Format(logEvent, text);
        return text.ToString();
    }

    private static void Write(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        json.WritePropertyName(name);
        // The framework's id of an event is a structure; its number is what people look for.
        if (value is StructureValue structure && structure.Properties.FirstOrDefault(member => member.Name == "Id")?.Value is { } id)
            value = id;
        switch (value is ScalarValue scalar ? scalar.Value : value.ToString())
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int or long or short:
                json.WriteNumberValue(Convert.ToInt64(((ScalarValue)value).Value, CultureInfo.InvariantCulture));
                break;
            case Enum choice:
                json.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()));
                break;
            case var other:
                json.WriteStringValue(Bounded(Convert.ToString(other, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }

    private static string Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "TRACE",
        LogEventLevel.Debug => "DEBUG",
        LogEventLevel.Information => "INFO",
        LogEventLevel.Warning => "WARN",
        _ => "ERROR",
    };

    private static string Bounded(string text) => text.Length <= LongestText ? text : text[..LongestText] + "...";
}
