namespace Cavra.Actors.Inputs;

/// <summary>A piece of a text that may hold <c>{{inputs.name}}</c>.</summary>
internal abstract record TemplatePart(int Index)
{
    /// <summary>Text that stays as it is.</summary>
    internal sealed record Literal(int Index, string Text) : TemplatePart(Index);

    /// <summary>The value of an input goes here.</summary>
    internal sealed record Input(int Index, string Name, int Length) : TemplatePart(Index);

    /// <summary>Looks like a template but is none that we know.</summary>
    internal sealed record Unknown(int Index, string Text) : TemplatePart(Index);
}

/// <summary>
/// Finds templates. Braces that open with anything but a letter (<c>{{.Names}}</c> of other tools) are literal; a word that is
/// not <c>inputs.name</c> is an error, because a misspelt template must not reach a machine as text.
/// </summary>
internal static class InputTemplate
{
    private const string Open = "{{";
    private const string Close = "}}";
    private const string Prefix = "inputs.";

    public static bool HasTemplate(string text) => text.Contains(Open, StringComparison.Ordinal) && Parse(text).Any(p => p is not TemplatePart.Literal);

    public static IReadOnlyList<TemplatePart> Parse(string text)
    {
        var parts = new List<TemplatePart>();
        var start = 0;
        for (var at = text.IndexOf(Open, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Open, at, StringComparison.Ordinal))
        {
            var end = text.IndexOf(Close, at + 2, StringComparison.Ordinal);
            var inner = end < 0 ? text[(at + 2)..] : text[(at + 2)..end];
            if (!StartsWithLetter(inner))
            {
                at += 2;
                continue;
            }

            if (at > start)
                parts.Add(new TemplatePart.Literal(start, text[start..at]));
            var next = end < 0 ? text.Length : end + 2;
            parts.Add(end >= 0 && Name(inner) is { } name ? new TemplatePart.Input(at, name, next - at) : new TemplatePart.Unknown(at, text[at..next]));
            start = at = next;
        }

        if (start < text.Length)
            parts.Add(new TemplatePart.Literal(start, text[start..]));
        return parts;
    }

    private static bool StartsWithLetter(string inner)
    {
        var trimmed = inner.AsSpan().TrimStart(' ');
        return !trimmed.IsEmpty && (char.IsAsciiLetter(trimmed[0]) || trimmed[0] == '_');
    }

    private static string? Name(string inner)
    {
        var trimmed = inner.Trim(' ');
        if (!trimmed.StartsWith(Prefix, StringComparison.Ordinal) || trimmed.Length == Prefix.Length)
            return null;
        var name = trimmed[Prefix.Length..];
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name : null;
    }
}
