using System.Collections;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>Takes known containers apart and puts them together.</summary>
internal static class BoundaryContainers
{
    private static readonly Dictionary<Type, (Type Factory, string Method)> Factories = new()
    {
        [typeof(ImmutableArray<>)] = (typeof(ImmutableArray), nameof(ImmutableArray.CreateRange)),
        [typeof(ImmutableList<>)] = (typeof(ImmutableList), nameof(ImmutableList.CreateRange)),
        [typeof(ImmutableHashSet<>)] = (typeof(ImmutableHashSet), nameof(ImmutableHashSet.CreateRange)),
        [typeof(ImmutableSortedSet<>)] = (typeof(ImmutableSortedSet), nameof(ImmutableSortedSet.CreateRange)),
        [typeof(ImmutableQueue<>)] = (typeof(ImmutableQueue), nameof(ImmutableQueue.CreateRange)),
        [typeof(ImmutableStack<>)] = (typeof(ImmutableStack), nameof(ImmutableStack.CreateRange)),
        [typeof(ImmutableDictionary<,>)] = (typeof(ImmutableDictionary), nameof(ImmutableDictionary.CreateRange)),
        [typeof(ImmutableSortedDictionary<,>)] = (typeof(ImmutableSortedDictionary), nameof(ImmutableSortedDictionary.CreateRange)),
        [typeof(FrozenSet<>)] = (typeof(FrozenSet), nameof(FrozenSet.ToFrozenSet)),
        [typeof(FrozenDictionary<,>)] = (typeof(FrozenDictionary), nameof(FrozenDictionary.ToFrozenDictionary)),
    };

    internal static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    internal static (object? Key, object? Value) Split(object pair, Type type) => (type.GetProperty("Key")!.GetValue(pair), type.GetProperty("Value")!.GetValue(pair));

    internal static bool IsDefault(object value, Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) && (bool)type.GetProperty("IsDefault")!.GetValue(value)!;

    internal static bool IsUnordered(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var open
        && (open == typeof(ImmutableDictionary<,>) || open == typeof(ImmutableHashSet<>) || open == typeof(FrozenSet<>) || open == typeof(FrozenDictionary<,>));

    internal static Type ItemType(Type[] parts) => parts.Length == 2 ? typeof(KeyValuePair<,>).MakeGenericType(parts) : parts[0];

    internal static object Build(Type type, Type[] parts, IList items)
    {
        var item = ItemType(parts);
        var typed = Array.CreateInstance(item, items.Count);
        for (var i = 0; i < items.Count; i++)
            typed.SetValue(items[i], i);
        if (type.IsArray)
            return typed;
        var open = type.GetGenericTypeDefinition();
        if (open == typeof(ImmutableStack<>))
            Array.Reverse(typed);
        var (factory, name) = Factories[open];
        var method = factory.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.Name == name && m.GetGenericArguments().Length == parts.Length)
            .Select(m => m.MakeGenericMethod(parts))
            .OrderBy(m => m.GetParameters().Length)
            .First(m => m.GetParameters()[0].ParameterType == typeof(IEnumerable<>).MakeGenericType(item) && m.GetParameters().Skip(1).All(p => p.HasDefaultValue));
        return method.Invoke(null, [typed, .. method.GetParameters().Skip(1).Select(p => p.DefaultValue)])!;
    }
}
