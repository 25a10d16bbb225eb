namespace Cavra.Actors.Runbooks.Reading;

/// <summary>Bounds on what is read at all, before any meaning.</summary>
internal static class TreeLimits
{
    /// <summary>Largest document, bytes of UTF-8.</summary>
    public const int Bytes = 256 * 1024;

    /// <summary>Deepest nesting.</summary>
    public const int Depth = 20;

    /// <summary>Most nodes, aliases expanded.</summary>
    public const int Nodes = 20_000;

    /// <summary>Most problems reported for one document; one more line then says that there are others.</summary>
    public const int Problems = 50;
}
