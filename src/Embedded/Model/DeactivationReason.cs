namespace Cavra.Actors.Embedded;

/// <summary>Why an activation ends; the values are Orleans' own, also those that one process never uses.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason.</summary>
    None,

    /// <summary>The host stops.</summary>
    ShuttingDown,

    /// <summary><c>OnActivateAsync</c> or the constructor failed.</summary>
    ActivationFailed,

    /// <summary>Not used by the embedded host.</summary>
    DirectoryFailure,

    /// <summary>Not called for longer than the collection age.</summary>
    ActivationIdle,

    /// <summary>Not used by the embedded host.</summary>
    ActivationUnresponsive,

    /// <summary>Not used by the embedded host.</summary>
    DuplicateActivation,

    /// <summary>Not used by the embedded host.</summary>
    IncompatibleRequest,

    /// <summary>The grain's code failed in a way that discredits its state, such as a version conflict in its storage.</summary>
    ApplicationError,

    /// <summary>The grain asked for it (<c>DeactivateOnIdle</c>).</summary>
    ApplicationRequested,

    /// <summary>Not used by the embedded host.</summary>
    Migrating,

    /// <summary>The host asked for it.</summary>
    RuntimeRequested,

    /// <summary>Not used by the embedded host.</summary>
    HighMemoryPressure,
}

/// <summary>Why an activation ends, with words and, where there is one, the error.</summary>
public readonly struct DeactivationReason
{
    /// <summary>A reason without an error.</summary>
    public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text)
    {
    }

    /// <summary>A reason with the error that led to it.</summary>
    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    /// <summary>The reason in words.</summary>
    public string Description { get; }

    /// <summary>The kind of reason.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>The error that led to it, if any.</summary>
    public Exception? Exception { get; }

    /// <inheritdoc />
    public override string ToString() =>
        Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description}. Exception: {Exception}";
}
