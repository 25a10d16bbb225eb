namespace Cavra.Actors.Queries;

/// <summary>
/// The database cannot be reached or refuses the work for now. Readers and stores throw it; the edge answers 503 <c>unavailable</c> with
/// <c>Retry-After</c>. Appends answer with <c>AppendOutcome.Unavailable</c> instead.
/// </summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Creates the error with its cause.</summary>
    public StoreUnavailableException(string message, Exception? inner)
        : base(message, inner) { }

    /// <summary>Creates the error.</summary>
    public StoreUnavailableException(string message)
        : base(message) { }

    /// <summary>Creates the error with the usual message.</summary>
    public StoreUnavailableException()
        : base("The database cannot be reached for now.") { }
}
