using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>
/// One serialized member of one level of a type. Numbers of primary constructor parameters and those of other members are apart, as they
/// are on Orleans' wire.
/// </summary>
internal sealed record BoundaryMember(uint Id, bool IsConstructorParameter, string Name, Type Type, FieldInfo Field)
{
    internal string Place => IsConstructorParameter ? $"parameter {Id}" : $"id {Id}";
}

/// <summary>What Orleans would serialize of one level of a type, and what it would lose.</summary>
internal sealed class BoundaryLevel
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // FieldAttributes.NotSerialized, which [NonSerialized] sets and Orleans honours, is marked obsolete with the old formatters.
    private const FieldAttributes NotSerialized = (FieldAttributes)0x80;

    private BoundaryLevel(Type type, List<BoundaryMember> members, List<string> lost)
    {
        Type = type;
        Members = members;
        Lost = lost;
    }

    internal Type Type { get; }

    internal List<BoundaryMember> Members { get; }

    /// <summary>Stored members without a number: Orleans drops them without a word.</summary>
    internal List<string> Lost { get; }

    /// <summary>The levels of a type, the base first.</summary>
    internal static IEnumerable<BoundaryLevel> Of(Type type)
    {
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
        {
            foreach (var level in Of(parent))
                yield return level;
        }

        yield return Read(type);
    }

    private static BoundaryLevel Read(Type type)
    {
        var parameters = PrimaryParameters(type);
        var members = new List<BoundaryMember>();
        var lost = new List<string>();
        foreach (var field in type.GetFields(Declared))
        {
            if (field.Attributes.HasFlag(NotSerialized))
                continue;
            var property = PropertyOf(type, field);
            var name = property?.Name ?? field.Name;
            var position = property is null ? -1 : Array.FindIndex(parameters, p => p.Name == property.Name);
            if ((Number(field) ?? Number(property)) is { } id)
                members.Add(new BoundaryMember(id, false, name, field.FieldType, field));
            else if (position >= 0)
                members.Add(new BoundaryMember(Number(parameters[position]) ?? (uint)position, true, name, field.FieldType, field));
            else
                lost.Add(name);
        }

        members.Sort(static (a, b) => (a.IsConstructorParameter, a.Id).CompareTo((b.IsConstructorParameter, b.Id)));
        return new BoundaryLevel(type, members, lost);
    }

    private static PropertyInfo? PropertyOf(Type type, FieldInfo field)
    {
        const string Suffix = ">k__BackingField";
        return field.Name.StartsWith('<') && field.Name.EndsWith(Suffix, StringComparison.Ordinal)
            ? type.GetProperty(field.Name[1..^Suffix.Length], Declared)
            : null;
    }

    private static uint? Number(ICustomAttributeProvider? member) =>
        member?.GetCustomAttributes(typeof(IdAttribute), inherit: false) is [IdAttribute id, ..] ? id.Id : null;

    /// <summary>Orleans takes them for records always, for other types when the attribute says so or every parameter has its property.</summary>
    private static ParameterInfo[] PrimaryParameters(Type type)
    {
        var include = type.GetCustomAttribute<GenerateSerializerAttribute>()?.IncludePrimaryConstructorParameters ?? false;
        var isRecord = type.GetMethod("PrintMembers", Declared) is not null;
        var all = type.GetConstructors(Declared).Select(c => c.GetParameters()).Where(p => p.Length > 0 && !(p.Length == 1 && p[0].ParameterType == type));
        var matching = all.Where(p => Array.TrueForAll(p, one => one.Name is not null && type.GetProperty(one.Name) is not null));
        return isRecord || include || matching.Any() ? matching.MaxBy(p => p.Length) ?? [] : [];
    }
}
