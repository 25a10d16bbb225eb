using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cavra.Actors.Embedded;

/// <summary>The types that Orleans serializes by itself and that may cross a grain boundary here.</summary>
internal static class KnownTypes
{
    private static readonly FrozenSet<Type> Leaves = new HashSet<Type>
    {
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(char),
        typeof(float), typeof(double), typeof(decimal), typeof(Half), typeof(Int128), typeof(UInt128), typeof(BigInteger), typeof(string), typeof(Guid),
        typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly), typeof(Uri), typeof(Version), typeof(IPAddress),
        typeof(IPEndPoint), typeof(CancellationToken), typeof(GrainId),
    }.ToFrozenSet();

    private static readonly FrozenSet<Type> Containers = new HashSet<Type>
    {
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>), typeof(ImmutableQueue<>), typeof(ImmutableStack<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>), typeof(FrozenSet<>), typeof(FrozenDictionary<,>), typeof(KeyValuePair<,>), typeof(Nullable<>),
    }.ToFrozenSet();

    internal static bool IsLeaf(Type type) => Leaves.Contains(type) || type.IsEnum;

    /// <summary>The types inside a known container; null when the type is none.</summary>
    internal static Type[]? PartsOf(Type type)
    {
        if (type.IsArray)
            return [type.GetElementType()!];
        if (!type.IsGenericType)
            return null;
        var open = type.GetGenericTypeDefinition();
        return Containers.Contains(open) || typeof(ITuple).IsAssignableFrom(type) ? type.GetGenericArguments() : null;
    }

    internal static bool IsOwn(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);
}
