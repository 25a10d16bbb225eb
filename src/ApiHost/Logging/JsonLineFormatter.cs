using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;

namespace Cavra.Actors.ApiHost.Logging;

/// <summary>One log record as one line of JSON: snake_case members, whatever is in the values (hazard E05: a record stays a record).</summary>
internal sealed class JsonLineFormatter : ITextFormatter
{
    private const int MaxText = 8 * 1024;
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
            json.WriteString("message", Bounded(logEvent.RenderMessage(CultureInfo.InvariantCulture)));
            foreach (var (name, value) in logEvent.Properties) Property(json, name, value);
            if (logEvent.Exception is { } exception) json.WriteString("exception", Bounded(exception.ToString()));
            json.WriteEndObject();
        }

        output.Write(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        output.Write('\n');
    }

    private static void Property(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        if (name == "SourceContext") name = "category";
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
