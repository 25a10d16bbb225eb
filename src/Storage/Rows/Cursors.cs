using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Cavra.Actors.Queries;

namespace Cavra.Actors.Storage.Rows;

/// <summary>Cursors of lists: the sort key of the last item, in a form that nobody is tempted to make by hand.</summary>
internal static class Cursors
{
    private const int LongestText = 512;

    internal static string Of(params IEnumerable<object> key)
        => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join('|', key.Select(k => Convert.ToString(k, CultureInfo.InvariantCulture)))));

    /// <summary>The parts of a cursor; null for none.</summary>
    internal static string[]? Read(string? cursor, int parts)
    {
        if (cursor is null) return null;
        if (cursor.Length > LongestText || !Base64Url.IsValid(cursor)) throw new BadCursorException();
        var key = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|', parts);
        return key.Length == parts && key.All(p => p.Length > 0 && !p.Contains('\0', StringComparison.Ordinal)) ? key : throw new BadCursorException();
    }

    internal static long Number(string part)
        => long.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new BadCursorException();

    /// <summary>The number of a cursor that is only that; null for none.</summary>
    internal static long? Single(string? cursor) => Read(cursor, 1) is [var part] ? Number(part) : null;
}
