namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>
/// Masks secrets in one stream of text. It may hold back the end of what it was given when that could be the start of a secret, so
/// that one split over two writes is never shown.
/// </summary>
internal interface IOutputSanitizer
{
    /// <summary>Takes more text.</summary>
    /// <returns>What may be shown now.</returns>
    string Push(ReadOnlySpan<char> text);

    /// <summary>The stream has ended.</summary>
    /// <returns>What was held back, masked.</returns>
    string Flush();
}

/// <summary>Several sanitizers, one after the other.</summary>
internal sealed class SanitizerChain(params IOutputSanitizer[] links) : IOutputSanitizer
{
    /// <summary>The chain that every step has: the values that it was given, then shapes of well-known tokens.</summary>
    internal static SanitizerChain For(IEnumerable<string> secrets) => new(new SecretValueSanitizer(secrets), new TokenShapeSanitizer());

    /// <inheritdoc/>
    public string Push(ReadOnlySpan<char> text)
    {
        var passed = links[0].Push(text);
        for (var i = 1; i < links.Length; i++)
            passed = links[i].Push(passed);
        return passed;
    }

    /// <inheritdoc/>
    public string Flush()
    {
        var passed = links[0].Flush();
        for (var i = 1; i < links.Length; i++)
            passed = links[i].Push(passed) + links[i].Flush();
        return passed;
    }
}
