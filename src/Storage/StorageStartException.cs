namespace Cavra.Actors.Storage;

/// <summary>The storage cannot start, and a person has to do something about it. The message says what.</summary>
public sealed class StorageStartException : Exception
{
    /// <summary>Creates the error with its stable code.</summary>
    public StorageStartException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>Creates an error without a more precise code.</summary>
    public StorageStartException(string message, Exception? inner = null)
        : this("storage_failed", message, inner) { }

    /// <summary>Creates an error without a more precise code.</summary>
    public StorageStartException(string message)
        : this("storage_failed", message) { }

    /// <summary>Creates an error without a message.</summary>
    public StorageStartException()
        : this("storage_failed", "The storage cannot start.") { }

    /// <summary>Stable snake_case code, such as <c>server_missing</c>, <c>server_too_old</c>, <c>database_newer</c>, <c>database_unreachable</c>.</summary>
    public string Code { get; }
}
