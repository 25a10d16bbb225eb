using System.Text;

namespace Cavra.Actors.Cli.Runs.Watching;

/// <summary>Puts a step's output chunks, cut anywhere, together to lines.</summary>
internal sealed class OutputLines
{
    // A line without an end is shown in pieces; memory stays small.
    internal const int MaxLineLength = 16 << 10;
    private readonly Dictionary<(int Step, string Stream), StringBuilder> _open = [];

    /// <summary>The lines that the chunk completes.</summary>
    internal IEnumerable<string> Add(int step, string stream, string data)
    {
        if (!_open.TryGetValue((step, stream), out var line)) _open[(step, stream)] = line = new StringBuilder();
        foreach (var character in data)
        {
            if (character == '\n' || line.Length >= MaxLineLength)
            {
                if (line.Length > 0 && line[^1] == '\r') line.Length--;
                yield return line.ToString();
                line.Clear();
            }
            if (character != '\n') line.Append(character);
        }
    }

    /// <summary>What is left without a line end when a step ends.</summary>
    internal IEnumerable<(string Stream, string Line)> Flush(int step)
    {
        foreach (var key in _open.Keys.Where(k => k.Step == step).ToList())
        {
            if (_open.Remove(key, out var line) && line.Length > 0) yield return (key.Stream, line.ToString());
        }
    }
}
