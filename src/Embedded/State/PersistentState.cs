using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded;

/// <summary>State that is read before the grain's own activation runs.</summary>
internal interface IStateToLoad
{
    Task LoadAsync();
}

/// <summary>One stored record of one activation.</summary>
internal sealed class PersistentState<T>(IGrainStorage store, string name, GrainId id) : IPersistentState<T>, IGrainState<T>, IStateToLoad
{
    public T State { get; set; } = Fresh();

    public string? Etag { get; private set; }

    public bool RecordExists { get; private set; }

    string? IGrainState<T>.ETag
    {
        get => Etag;
        set => Etag = value;
    }

    bool IGrainState<T>.RecordExists
    {
        get => RecordExists;
        set => RecordExists = value;
    }

    public Task LoadAsync() => ReadStateAsync();

    public Task ReadStateAsync() => store.ReadStateAsync(name, id, this);

    public Task WriteStateAsync() => store.WriteStateAsync(name, id, this);

    public async Task ClearStateAsync()
    {
        await store.ClearStateAsync(name, id, this);
        State = Fresh();
        RecordExists = false;
    }

    private static T Fresh() => typeof(T).IsValueType || typeof(T).GetConstructor([]) is null ? default! : Activator.CreateInstance<T>();
}

internal static class PersistentStates
{
    private const string DefaultName = "Default";

    internal static Func<Activation, object?> FactoryFor(ParameterInfo parameter, PersistentStateAttribute attribute)
    {
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            throw new InvalidOperationException($"{parameter.Member.DeclaringType}: [PersistentState] belongs on an IPersistentState<T> parameter, not {type}.");
        var state = typeof(PersistentState<>).MakeGenericType(type.GetGenericArguments());
        return activation =>
        {
            var store = StoreOf(activation, attribute.StorageName ?? DefaultName);
            var made = Activator.CreateInstance(state, store, attribute.StateName, activation.GrainId)!;
            activation.AddState((IStateToLoad)made);
            return made;
        };
    }

    private static IGrainStorage StoreOf(Activation activation, string name) =>
        activation.Host.ServiceProvider.GetKeyedService<IGrainStorage>(name)
        ?? (name == DefaultName ? activation.Host.ServiceProvider.GetService<IGrainStorage>() : null)
        ?? throw new InvalidOperationException($"No grain storage is registered under the name '{name}', which {activation.Class.Type} asks for.");
}
