using System.Runtime.CompilerServices;

namespace Cavra.Actors.Embedded;

/// <summary>Makes values of boundary types with every member filled in, so that a test can round-trip all of them without knowing any.</summary>
public static class BoundarySamples
{
    private const int DeepestNesting = 8;

    /// <summary>A value of the type. Members differ from each other; constructors and validation are not run.</summary>
    public static object Of(Type type)
    {
        var number = 0;
        return Make(type, 0, ref number) ?? throw new InvalidOperationException($"No value of {type} can be made.");
    }

    private static object? Make(Type type, int depth, ref int number)
    {
        number++;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (KnownTypes.IsLeaf(type))
            return Leaf(type, number);
        if (depth > DeepestNesting)
            return type.IsValueType ? RuntimeHelpers.GetUninitializedObject(type) : null;
        if (KnownTypes.PartsOf(type) is { } parts)
            return Container(type, parts, depth, ref number);
        if (type.IsAbstract)
        {
            var concrete = Array.Find(type.Assembly.GetTypes(), t => !t.IsAbstract && type.IsAssignableFrom(t) && !t.ContainsGenericParameters);
            return concrete is null ? null : Make(concrete, depth, ref number);
        }

        var value = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var member in BoundaryLevel.Of(type).SelectMany(l => l.Members))
            member.Field.SetValue(value, Make(member.Type, depth + 1, ref number));
        return value;
    }

    private static object Container(Type type, Type[] parts, int depth, ref int number)
    {
        if (typeof(ITuple).IsAssignableFrom(type) || BoundaryContainers.IsPair(type))
        {
            var values = new object?[parts.Length];
            for (var i = 0; i < parts.Length; i++)
                values[i] = Make(parts[i], depth + 1, ref number);
            return Activator.CreateInstance(type, values)!;
        }

        var items = new List<object?>();
        var item = BoundaryContainers.ItemType(parts);
        for (var i = 0; i < 2; i++)
            items.Add(Make(item, depth + 1, ref number));
        return BoundaryContainers.Build(type, parts, items);
    }

    private static object Leaf(Type type, int number)
    {
        if (type == typeof(string))
            return $"text {number}";
        if (type.IsEnum)
            return Enum.GetValuesAsUnderlyingType(type) is { Length: > 0 } all ? Enum.ToObject(type, all.GetValue(number % all.Length)!) : Enum.ToObject(type, 0);
        if (type == typeof(bool))
            return number % 2 == 0;
        if (type == typeof(char))
            return (char)('a' + (number % 26));
        if (type == typeof(Guid))
            return new Guid(number, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]);
        if (type == typeof(DateTime))
            return DateTime.UnixEpoch.AddSeconds(number);
        if (type == typeof(DateTimeOffset))
            return DateTimeOffset.UnixEpoch.AddSeconds(number);
        if (type == typeof(TimeSpan))
            return TimeSpan.FromSeconds(number);
        if (type == typeof(DateOnly))
            return DateOnly.FromDayNumber(number);
        if (type == typeof(TimeOnly))
            return TimeOnly.MinValue.Add(TimeSpan.FromSeconds(number));
        if (type == typeof(Uri))
            return new Uri($"https://example.test/{number}");
        if (type == typeof(Version))
            return new Version(1, number);
        if (type == typeof(CancellationToken))
            return CancellationToken.None;
        return BoundaryLeaves.Read(type == typeof(System.Net.IPAddress) ? "127.0.0.1" : type == typeof(GrainId) ? $"sample/{number}" : (number % 100).ToString(System.Globalization.CultureInfo.InvariantCulture), type);
    }
}
