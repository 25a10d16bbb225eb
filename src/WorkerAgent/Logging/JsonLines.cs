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
    private const int LongestText = 8 * 1024;
    private static readonly MessageTemplateTextFormatter Plain = new("{Message:lj}", CultureInfo.InvariantCulture);
    private static readonly JsonWriterOptions Escaped = new() { Encoder = JavaScriptEncoder.Default };

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Escaped))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", Level(logEvent.Level));
            json.WriteString("message", Bounded(Message(logEvent)));
            if (!logEvent.Properties.ContainsKey("WorkerId"))
                json.WriteString("worker_id", workerId);
            foreach (var (name, value) in logEvent.Properties)
                Write(json, name == "SourceContext" ? "category" : JsonNamingPolicy.SnakeCaseLower.ConvertName(name), value);
            if (logEvent.Exception is { } exception)
                json.WriteString("exception", Bounded(exception.ToString()));
            json.WriteEndObject();
        }

        output.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        output.Write('\n');
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
