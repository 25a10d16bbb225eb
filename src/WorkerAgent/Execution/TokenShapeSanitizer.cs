using System.Text.RegularExpressions;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>Masks what looks like a well-known token or private key, whoever's it is.</summary>
internal sealed class TokenShapeSanitizer : IOutputSanitizer
{
    // Longer runs of token characters are not a token that anyone issues; past this the run is shown or swallowed, not kept.
    private const int LongestHeld = 4096;
    private const string KeyEnd = "PRIVATE KEY-----";
    private static readonly string[] Prefixes = ["AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "xox", "eyJ", "hvs.", "-----BEGIN "];

    private static readonly Regex Token = new(
        @"(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeprs]-[A-Za-z0-9-]{10,}|hvs\.[A-Za-z0-9_-]{20,}"
        + @"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        RegexOptions.NonBacktracking);

    private static readonly Regex KeyStart = new("-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----", RegexOptions.NonBacktracking);
    private string _held = "";
    private bool _inKey;
    private bool _inToken;

    /// <inheritdoc/>
    public string Push(ReadOnlySpan<char> text)
    {
        var all = string.Concat(_held, text);
        _held = "";
        return Take(all, final: false);
    }

    /// <inheritdoc/>
    public string Flush()
    {
        var all = _held;
        _held = "";
        return Take(all, final: true);
    }

    private string Take(string text, bool final)
    {
        var shown = "";
        while (text.Length > 0)
        {
            if (_inKey)
            {
                text = SkipKey(text, final);
                if (_inKey)
                    break;
                continue;
            }

            var key = KeyStart.Match(text);
            if (!key.Success)
            {
                shown += TakeTokens(text, final);
                break;
            }

            shown += TakeTokens(text[..key.Index], final: true) + SecretValueSanitizer.Mask;
            text = text[(key.Index + key.Length)..];
            _inKey = true;
        }

        return shown;
    }

    private string SkipKey(string text, bool final)
    {
        var end = text.IndexOf(KeyEnd, StringComparison.Ordinal);
        if (end >= 0)
        {
            _inKey = false;
            return text[(end + KeyEnd.Length)..];
        }

        _held = final ? "" : text[Math.Max(0, text.Length - KeyEnd.Length)..];
        return "";
    }

    private string TakeTokens(string text, bool final)
    {
        if (_inToken)
        {
            var run = text.AsSpan().IndexOfAnyExcept(TokenCharacters);
            if (run < 0)
                return "";
            text = text[run..];
            _inToken = false;
        }

        var keep = final ? text.Length : HoldFrom(text);
        if (text.Length - keep <= LongestHeld)
        {
            _held = text[keep..];
            return Token.Replace(text[..keep], SecretValueSanitizer.Mask);
        }

        _inToken = Token.IsMatch(text[keep..]);
        return Token.Replace(text, SecretValueSanitizer.Mask);
    }

    /// <summary>From where on the text could be a token or key heading that goes on in the next write.</summary>
    private static int HoldFrom(string text)
    {
        var heading = text.LastIndexOf("-----BEGIN ", StringComparison.Ordinal);
        if (heading >= 0 && text.Length - heading < 64)
            return heading;
        var run = text.AsSpan().LastIndexOfAnyExcept(TokenCharacters) + 1;
        var from = text.Length;
        foreach (var prefix in Prefixes)
        {
            var at = text.AsSpan(run).IndexOf(prefix, StringComparison.Ordinal);
            if (at >= 0)
                from = Math.Min(from, run + at);
            for (var length = Math.Min(prefix.Length - 1, text.Length); length > 0; length--)
                if (text.AsSpan(text.Length - length).SequenceEqual(prefix.AsSpan(0, length)))
                    from = Math.Min(from, text.Length - length);
        }

        return from;
    }

    private static readonly System.Buffers.SearchValues<char> TokenCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
}
