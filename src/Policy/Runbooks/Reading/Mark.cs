using System.Runtime.InteropServices;

namespace Cavra.Actors.Runbooks.Reading;

/// <summary>A place in the source text, both counted from 1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Mark(int Line, int Column)
{
    public static readonly Mark Start = new(1, 1);
}
