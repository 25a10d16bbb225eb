using System.Text;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>One of a step's two streams on its way from bytes to redacted text.</summary>
/// <param name="type"><c>stdout</c> or <c>stderr</c>.</param>
internal sealed class OutputStream(string type, int tailCharacters, IOutputSanitizer sanitizer)
{
    // Keeps the bytes of a character that was split over two reads; what is no UTF-8 becomes U+FFFD.
    private readonly Decoder _decoder = new UTF8Encoding(false).GetDecoder();
    private readonly TextTail _tail = new(tailCharacters);
    private char[] _characters = [];

    internal string Type { get; } = type;

    internal string Tail(int characters) => _tail.Read(characters);

    /// <summary>Takes bytes as they were read.</summary>
    /// <returns>Text that may be shown.</returns>
    internal string Push(ReadOnlySpan<byte> bytes) => Pass(bytes, end: false);

    /// <summary>The stream has ended, or the rest of it is dropped.</summary>
    internal string End() => Pass([], end: true);

    private string Pass(ReadOnlySpan<byte> bytes, bool end)
    {
        var needed = Encoding.UTF8.GetMaxCharCount(bytes.Length + 4);
        if (_characters.Length < needed)
            _characters = new char[needed];
        var length = _decoder.GetChars(bytes, _characters, end);
        var text = _characters.AsSpan(0, length);
        // PostgreSQL text cannot hold NUL, and it is no character that anyone reads.
        text.Replace('\0', '\uFFFD');
        var shown = sanitizer.Push(text);
        if (end)
            shown += sanitizer.Flush();
        _tail.Append(shown);
        return shown;
    }
}
