using System.Collections.Concurrent;
using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>
/// Writes boundary objects to bytes and back, by aliases and numbers only, as Orleans does; for tests. What comes back holds nothing of the
/// original but what crossed. Not a wire format.
/// </summary>
public static class BoundarySerializer
{
    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, Type>> Aliases = new();

    /// <summary>Writes and reads. Throws <see cref="InvalidOperationException"/> on anything that Orleans would not carry.</summary>
    public static T RoundTrip<T>(T value) => (T)Decode(Encode(value), typeof(T) == typeof(object) ? value!.GetType() : typeof(T))!;

    /// <summary>The bytes of a value. Equal values have equal bytes, also where record equality compares collections by reference.</summary>
    public static byte[] Encode(object? value)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes))
            new BoundaryWriter(writer).Write(value, typeof(object));
        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <param name="bytes">What was written.</param>
    /// <param name="expected">A type whose assembly, or whose parts' assemblies, hold the aliases.</param>
    public static object? Decode(byte[] bytes, Type expected)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return new BoundaryReader(reader, name => Resolve(name, expected)).Read(typeof(object));
    }

    /// <summary>Whether two values carry the same.</summary>
    public static bool AreEquivalent(object? left, object? right) => Encode(left).AsSpan().SequenceEqual(Encode(right));

    /// <summary>The name by which a type is written: its alias and its arguments, never its name in code.</summary>
    internal static string NameOf(Type type)
    {
        if (type.IsArray)
            return $"{NameOf(type.GetElementType()!)}[]";
        var open = type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type;
        var name = KnownTypes.IsOwn(open)
            ? BoundaryWalk.AliasOf(open) ?? throw new InvalidOperationException($"{open} has no [Alias].")
            : KnownTypes.IsLeaf(type) || KnownTypes.PartsOf(type) is not null ? open.FullName!
            : throw new InvalidOperationException($"{type} is not marked [GenerateSerializer], and Orleans does not know it as immutable.");
        return type.IsConstructedGenericType ? $"{name}<{string.Join(';', type.GetGenericArguments().Select(NameOf))}>" : name;
    }

    private static Type Resolve(string name, Type expected)
    {
        if (name.EndsWith("[]", StringComparison.Ordinal))
            return Resolve(name[..^2], expected).MakeArrayType();
        var generic = name.IndexOf('<', StringComparison.Ordinal);
        if (generic >= 0)
        {
            var arguments = SplitArguments(name[(generic + 1)..^1]).Select(a => Resolve(a, expected)).ToArray();
            return Resolve(name[..generic], expected).MakeGenericType(arguments);
        }

        foreach (var assembly in AssembliesOf(expected))
        {
            if (Aliases.GetOrAdd(assembly, ReadAliases).TryGetValue(name, out var type))
                return type;
        }

        return Type.GetType(name) ?? typeof(System.Collections.Immutable.ImmutableArray).Assembly.GetType(name) ?? typeof(Uri).Assembly.GetType(name)
            ?? typeof(System.Net.IPAddress).Assembly.GetType(name) ?? typeof(System.Numerics.BigInteger).Assembly.GetType(name)
            ?? FindEnum(name, expected) ?? throw new InvalidOperationException($"No type is called '{name}'.");
    }

    private static Type? FindEnum(string name, Type expected) => AssembliesOf(expected).Select(a => a.GetType(name)).FirstOrDefault(t => t is not null);

    private static IEnumerable<string> SplitArguments(string text)
    {
        int depth = 0, start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '<' ? 1 : text[i] == '>' ? -1 : 0;
            if (text[i] != ';' || depth != 0)
                continue;
            yield return text[start..i];
            start = i + 1;
        }

        yield return text[start..];
    }

    private static HashSet<Assembly> AssembliesOf(Type type)
    {
        var assemblies = new HashSet<Assembly> { type.Assembly, typeof(BoundarySerializer).Assembly };
        foreach (var part in KnownTypes.PartsOf(type) ?? (type.IsGenericType ? type.GetGenericArguments() : []))
            assemblies.UnionWith(AssembliesOf(part));
        return assemblies;
    }

    private static Dictionary<string, Type> ReadAliases(Assembly assembly)
    {
        var aliases = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in assembly.GetTypes().Where(KnownTypes.IsOwn))
        {
            if (BoundaryWalk.AliasOf(type) is { } alias && !aliases.TryAdd(alias, type))
                throw new InvalidOperationException($"Alias '{alias}' is used by {type} and {aliases[alias]}.");
        }

        return aliases;
    }
}
