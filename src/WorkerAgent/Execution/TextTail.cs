using System.Text;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>Keeps the last part of a text, at most <paramref name="limit"/> characters.</summary>
internal sealed class TextTail(int limit)
{
    private readonly StringBuilder _text = new();

    internal void Append(string text)
    {
        if (text.Length >= limit)
            _text.Clear().Append(text, text.Length - limit, limit);
        else
            _text.Append(text);
        // Twice the limit, so that the text is moved once per limit and not once per write.
        if (_text.Length > 2 * limit)
            _text.Remove(0, _text.Length - limit);
    }

    /// <summary>The last characters, never starting inside a surrogate pair.</summary>
    internal string Read(int characters)
    {
        var start = Math.Max(0, _text.Length - Math.Min(characters, limit));
        if (start < _text.Length && char.IsLowSurrogate(_text[start]))
            start++;
        return _text.ToString(start, _text.Length - start);
    }
}
