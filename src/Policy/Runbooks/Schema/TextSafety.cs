using System.Text;

namespace Cavra.Actors.Runbooks.Schema;

/// <summary>Characters that no text of ours may hold: they break storage, terminals or the reader's trust.</summary>
internal static class TextSafety
{
    /// <summary>Says what is wrong with the text, or null.</summary>
    public static string? Problem(string text, bool multiline)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\0')
                return "holds a NUL character";
            if (char.IsSurrogate(c))
            {
                if (!Rune.TryGetRuneAt(text, i, out _))
                    return "holds an unpaired surrogate";
                i++;
            }
            else if (!multiline && (char.IsControl(c) || IsBidi(c)))
            {
                return $"holds the control character U+{(int)c:X4}";
            }
        }

        return null;
    }

    private static bool IsBidi(char c) => c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u2028' or '\u2029';
}
