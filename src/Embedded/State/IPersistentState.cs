namespace Cavra.Actors.Embedded;

/// <summary>A stored record: read before the grain activates, written and cleared when the grain says so.</summary>
public interface IStorage
{
    /// <summary>The version in the store that this state came from or went to; null when there is none.</summary>
    string? Etag { get; }

    /// <summary>Whether the store has the record.</summary>
    bool RecordExists { get; }

    /// <summary>Removes the record; <see cref="InconsistentStateException"/> when the stored version is another.</summary>
    Task ClearStateAsync();

    /// <summary>Writes the record; <see cref="InconsistentStateException"/> when the stored version is another.</summary>
    Task WriteStateAsync();

    /// <summary>Reads the record anew.</summary>
    Task ReadStateAsync();

    /// <inheritdoc cref="ClearStateAsync()"/>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <inheritdoc cref="WriteStateAsync()"/>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <inheritdoc cref="ReadStateAsync()"/>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}

/// <summary>A stored record with its value.</summary>
public interface IStorage<TState> : IStorage
{
    /// <summary>The value in memory; a fresh one when the store has none.</summary>
    TState State { get; set; }
}

/// <summary>A stored record given to a grain's constructor by <see cref="PersistentStateAttribute"/>.</summary>
public interface IPersistentState<TState> : IStorage<TState>;

/// <summary>Names the record and the store of an <see cref="IPersistentState{TState}"/> parameter.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute : Attribute
{
    /// <summary>The record's name and the store's, <c>Default</c> when none is given.</summary>
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        StateName = stateName;
        StorageName = storageName;
    }

    /// <summary>The record's name within the grain.</summary>
    public string StateName { get; }

    /// <summary>The key under which the <see cref="IGrainStorage"/> is registered.</summary>
    public string? StorageName { get; }
}
