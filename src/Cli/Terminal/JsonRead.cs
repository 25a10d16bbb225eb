using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Cavra.Actors.Cli.Terminal;

/// <summary>
/// Lenient reading of the API's answers: a field that is absent or new is no error, for a client may be older or newer than its server.
/// </summary>
internal static class JsonRead
{
    private const int SummaryLength = 64;
    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create(" \t\n'\"\\$`|&;<>()*?[]#~!");

    /// <summary>A member by path (<c>meta.actor</c>); undefined when any part is absent.</summary>
    internal static JsonElement At(this JsonElement element, string path)
    {
        foreach (var name in path.Length == 0 ? [] : path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return default;
        }
        return element;
    }

    /// <summary>A member as text for people: scalars as they are, lists joined; empty when absent or null.</summary>
    internal static string Text(this JsonElement element, string path) => Shown(element.At(path));

    /// <summary>A member as a whole number; null when it is none.</summary>
    internal static long? Number(this JsonElement element, string path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    /// <summary>Whether a member is <c>true</c>.</summary>
    internal static bool IsTrue(this JsonElement element, string path) => element.At(path).ValueKind == JsonValueKind.True;

    /// <summary>A member's elements; none when it is no list.</summary>
    internal static IEnumerable<JsonElement> Items(this JsonElement element, string path) => Items(element.At(path));

    /// <summary>A command as a person reads it: argv with the parts quoted that hold blanks, or the shell text.</summary>
    internal static string Command(this JsonElement element, string path)
    {
        var command = element.At(path);
        return command.ValueKind == JsonValueKind.Array ? string.Join(' ', Items(command).Select(Quoted)) : Shown(command);
    }

    /// <summary>A command in one short line; one that was cut ends in dots.</summary>
    internal static string CommandSummary(this JsonElement element, string path)
    {
        var line = string.Join("; ", element.Command(path).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= SummaryLength ? line : line[..(SummaryLength - 4)] + " ...";
    }

    /// <summary>A time in the reader's own zone, to the second.</summary>
    internal static string Time(this JsonElement element, string path) =>
        DateTimeOffset.TryParse(element.Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : element.Text(path);

    internal static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString() ?? "",
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array => string.Join(", ", Items(value).Select(Shown)),
        _ => value.GetRawText(),
    };

    private static JsonElement.ArrayEnumerator Items(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static string Quoted(JsonElement part)
    {
        var text = Shown(part);
        return text.Length > 0 && !text.AsSpan().ContainsAny(NeedsQuotes) ? text : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }
}
