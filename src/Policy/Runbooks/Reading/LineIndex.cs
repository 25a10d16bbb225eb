namespace Cavra.Actors.Runbooks.Reading;

/// <summary>Turns byte offsets into lines and columns (columns in bytes, which is characters for ASCII).</summary>
internal sealed class LineIndex
{
    private readonly List<int> _starts = [0];

    public LineIndex(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == (byte)'\n')
                _starts.Add(i + 1);
        }
    }

    public Mark At(long offset)
    {
        var index = _starts.BinarySearch((int)offset);
        var line = index >= 0 ? index : ~index - 1;
        return new Mark(line + 1, (int)offset - _starts[line] + 1);
    }
}
