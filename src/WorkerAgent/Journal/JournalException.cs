namespace Cavra.Actors.WorkerAgent.Journal;

/// <summary>The journal could not make a line durable, or cannot be read. What was asked for did not happen.</summary>
internal sealed class JournalException : Exception
{
    internal JournalException(string message)
        : base(message)
    {
    }

    internal JournalException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
