using System.Globalization;
using System.Text;

namespace Cavra.Actors.Cli.Terminal;

/// <summary>
/// Text from elsewhere made harmless for a terminal (hazard E05): control characters, escape sequences, bidirectional marks and invisible
/// characters are shown as escapes, so that a step's output cannot recolour, overwrite or reorder what an approver reads.
/// </summary>
internal static class SafeText
{
    /// <summary>One line: line ends and tabs are shown as escapes too.</summary>
    internal static string Line(string? text) => Escape(text, keepLines: false);

    /// <summary>Several lines: line feeds and tabs stay.</summary>
    internal static string Block(string? text) => Escape(text, keepLines: true);

    private static string Escape(string? text, bool keepLines)
    {
        if (string.IsNullOrEmpty(text)) return "";
        StringBuilder? escaped = null;
        var position = 0;
        while (position < text.Length)
        {
            var whole = Rune.TryGetRuneAt(text, position, out var rune);
            var length = whole ? rune.Utf16SequenceLength : 1;
            if (whole && IsHarmless(rune, keepLines))
            {
                escaped?.Append(text, position, length);
            }
            else
            {
                escaped ??= new StringBuilder(text.Length + 16).Append(text, 0, position);
                escaped.Append(Shown(whole ? rune.Value : text[position]));
            }
            position += length;
        }
        return escaped?.ToString() ?? text;
    }

    private static bool IsHarmless(Rune rune, bool keepLines)
    {
        if (rune.Value is >= 0x20 and < 0x7f) return true;
        if (rune.Value is '\n' or '\t') return keepLines;
        return Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
    }

    private static string Shown(int value) => value switch
    {
        '\r' => "\\r",
        '\n' => "\\n",
        '\t' => "\\t",
        < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
        < 0x10000 => string.Create(CultureInfo.InvariantCulture, $"\\u{value:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{value:x8}"),
    };
}
