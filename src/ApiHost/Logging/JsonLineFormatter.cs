using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Cavra.Actors.ApiHost.Logging;

/// <summary>One log record as one line of JSON: snake_case members, whatever is in the values (hazard E05: a record stays a record).</summary>
internal sealed class JsonLineFormatter : ITextFormatter
{
    private const int MaxText = 8 * 1024;

    // Strings as they are, without the quotes of Serilog's own rendering.
    private static readonly MessageTemplateTextFormatter Plain = new("{Message:lj}", CultureInfo.InvariantCulture);
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Default };

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", LevelOf(logEvent.Level));
            json.WriteString("message", Bounded(Message(logEvent)));
            foreach (var (name, value) in logEvent.Properties) Property(json, name, value);
            if (logEvent.Exception is { } exception) json.WriteString("exception", Bounded(exception.ToString()));
            json.WriteEndObject();
        }

        output.Write(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        output.Write('\n');
    }

    private static string Message(LogEvent logEvent)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Plain.Format(logEvent, text);
        return text.ToString();
    }

    private static void Property(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        if (name == "SourceContext") name = "category";
        if (name == "EventId" && value is StructureValue { Properties: { } parts })
            value = parts.FirstOrDefault(p => p.Name == "Id")?.Value ?? value;
        json.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(name));
        switch ((value as ScalarValue)?.Value)
        {
            case null when value is ScalarValue:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case { } other:
                json.WriteStringValue(Bounded(Convert.ToString(other, CultureInfo.InvariantCulture) ?? ""));
                break;
            default:
                json.WriteStringValue(Bounded(value.ToString()));
                break;
        }
    }

    private static string LevelOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "TRACE",
        LogEventLevel.Debug => "DEBUG",
        LogEventLevel.Information => "INFO",
        LogEventLevel.Warning => "WARN",
        _ => "ERROR",
    };

    private static string Bounded(string text) => text.Length <= MaxText ? text : text[..MaxText] + "...";
}
