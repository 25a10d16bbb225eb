namespace Cavra.Actors.Runbooks.Reading;

/// <summary>Ends the reading of a document that cannot be read further; never leaves the loader.</summary>
internal sealed class TreeException(Mark mark, string message) : Exception(message)
{
    public Mark Mark { get; } = mark;
}
