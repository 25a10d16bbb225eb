namespace Cavra.Actors.Queries;

/// <summary>A list's cursor is not one that this installation gave out; the edge answers 400 <c>validation_failed</c>.</summary>
public sealed class BadCursorException : Exception
{
    /// <summary>Creates the error with its cause.</summary>
    public BadCursorException(string message, Exception? inner)
        : base(message, inner) { }

    /// <summary>Creates the error.</summary>
    public BadCursorException(string message)
        : base(message) { }

    /// <summary>Creates the error with the usual message.</summary>
    public BadCursorException()
        : base("cursor: not a cursor of this list; leave it out to start anew") { }
}
