namespace Cavra.Actors.Embedded;

/// <summary>A state on its way to or from a store.</summary>
public interface IGrainState<T>
{
    /// <summary>The value.</summary>
    T State { get; set; }

    /// <summary>The version in the store; null when there is none.</summary>
    string? ETag { get; set; }

    /// <summary>Whether the store has the record.</summary>
    bool RecordExists { get; set; }
}

/// <summary>
/// A store of grain state. Register it as a keyed singleton under its name (<c>AddKeyedSingleton&lt;IGrainStorage&gt;("name", ...)</c>); an
/// unkeyed registration is the store <c>Default</c>. The members are Orleans' own.
/// </summary>
public interface IGrainStorage
{
    /// <summary>Fills in value, etag and existence. A missing record leaves a fresh value, no etag and <c>RecordExists</c> false.</summary>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Writes and sets the new etag; <see cref="InconsistentStateException"/> when the stored etag is not the given one.</summary>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Removes the record; <see cref="InconsistentStateException"/> when the stored etag is not the given one.</summary>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
}
