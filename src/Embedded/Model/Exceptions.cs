namespace Cavra.Actors.Embedded;

/// <summary>The base of errors that the host itself raises.</summary>
public class OrleansException : Exception
{
    /// <summary>An error without words.</summary>
    public OrleansException()
    {
    }

    /// <summary>An error in words.</summary>
    public OrleansException(string message) : base(message)
    {
    }

    /// <summary>An error in words with its cause.</summary>
    public OrleansException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}

/// <summary>The grain's mailbox is full (<see cref="EmbeddedGrainOptions.MailboxLimit"/>); the call was not queued and did not run.</summary>
public sealed class GrainOverloadedException(string message) : OrleansException(message);

/// <summary>The host has not started, stops, has stopped or crashed; unless the text says otherwise the call did not run.</summary>
public sealed class GrainHostUnavailableException(string message) : OrleansException(message);

/// <summary>The observer object was deleted, or its owner let it be collected.</summary>
public sealed class ClientNotAvailableException(string message) : OrleansException(message);

/// <summary>
/// A call would wait for itself: a grain further up its own chain of calls is busy with that chain and may not interleave.
/// Orleans lets such a call time out; the embedded host fails it at once, as a <see cref="TimeoutException"/>, and names the chain.
/// </summary>
public sealed class GrainCallDeadlockException(string message) : TimeoutException(message);

/// <summary>A reminder could not be registered, read or removed.</summary>
public sealed class ReminderException(string message) : OrleansException(message);

/// <summary>The stored state is not the one that was read; the activation that met this should be thrown away.</summary>
public class InconsistentStateException : OrleansException
{
    /// <summary>A conflict in words.</summary>
    public InconsistentStateException(string message) : base(message)
    {
    }

    /// <summary>A conflict of two etags.</summary>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException = null)
        : base(errorMsg, storageException)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    /// <summary>The etag in the store, if known.</summary>
    public string? StoredEtag { get; }

    /// <summary>The etag that the caller held.</summary>
    public string? CurrentEtag { get; }
}
