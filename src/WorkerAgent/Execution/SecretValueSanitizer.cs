namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>Masks given values exactly as they are. Encoded forms (base64, URL, hex) are not looked for yet.</summary>
internal sealed class SecretValueSanitizer : IOutputSanitizer
{
    internal const string Mask = "***";

    // Shorter ones are refused where credentials are registered: masking them would hide half of every output.
    internal const int ShortestSecret = 4;
    private readonly string[] _secrets;
    private string _held = "";

    internal SecretValueSanitizer(IEnumerable<string> secrets)
    {
        // Longest first, so that a secret that contains another one is masked whole.
        _secrets = [.. secrets.Where(s => s.Length >= ShortestSecret).Distinct(StringComparer.Ordinal).OrderByDescending(s => s.Length)];
    }

    /// <inheritdoc/>
    public string Push(ReadOnlySpan<char> text)
    {
        if (_secrets.Length == 0)
            return text.ToString();
        var all = string.Concat(_held, text);
        var keep = HoldFrom(all);
        _held = all[keep..];
        return MaskAll(all[..keep]);
    }

    /// <inheritdoc/>
    public string Flush()
    {
        var rest = MaskAll(_held);
        _held = "";
        return rest;
    }

    private string MaskAll(string text)
    {
        foreach (var secret in _secrets)
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return text;
    }

    /// <summary>From where on the text could be the start of a secret whose rest has not come yet.</summary>
    private int HoldFrom(string text)
    {
        var from = text.Length;
        foreach (var secret in _secrets)
            for (var length = Math.Min(secret.Length - 1, text.Length); length > text.Length - from; length--)
                if (text.AsSpan(text.Length - length).SequenceEqual(secret.AsSpan(0, length)))
                    from = text.Length - length;

        // A whole secret that reaches over that point is held with it; otherwise its first part would be shown.
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var secret in _secrets)
            {
                var start = Math.Max(0, from - secret.Length + 1);
                var at = text.IndexOf(secret, start, Math.Min(text.Length, from + secret.Length - 1) - start, StringComparison.Ordinal);
                if (at >= 0 && at < from && at + secret.Length > from)
                {
                    from = at;
                    moved = true;
                }
            }
        }

        return from;
    }
}
