using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cavra.Actors.Embedded;

/// <summary>One walk over boundary types; remembers what it has seen and what was wrong.</summary>
internal sealed class BoundaryWalk
{
    private readonly HashSet<Type> _seen = [];
    private readonly List<string> _problems = [];

    internal IReadOnlyList<string> Problems => _problems;

    internal void VisitInterface(Type type)
    {
        foreach (var method in type.GetInterfaces().Where(i => !GrainClass.IsMarker(i)).Append(type).SelectMany(i => i.GetMethods()).Where(m => m.IsAbstract))
        {
            var place = $"{type.Name}.{method.Name}";
            foreach (var parameter in method.GetParameters())
                Visit(parameter.ParameterType, $"{place}({parameter.Name})");
            var result = method.ReturnType;
            if (result.IsGenericType && (result.GetGenericTypeDefinition() == typeof(Task<>) || result.GetGenericTypeDefinition() == typeof(ValueTask<>)))
                Visit(result.GetGenericArguments()[0], $"{place} result");
            else if (result != typeof(Task) && result != typeof(ValueTask))
                _problems.Add($"{place}: returns {result.Name}; a grain method returns Task, Task<T>, ValueTask or ValueTask<T>.");
        }
    }

    internal void Visit(Type type, string place)
    {
        if (KnownTypes.IsLeaf(type) || type.IsGenericParameter || (type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)))
            return;
        if (KnownTypes.PartsOf(type) is { } parts)
        {
            foreach (var part in parts)
                Visit(part, place);
            return;
        }

        if (type.IsConstructedGenericType && KnownTypes.IsOwn(type.GetGenericTypeDefinition()))
        {
            foreach (var argument in type.GetGenericArguments())
                Visit(argument, place);
            type = type.GetGenericTypeDefinition();
        }

        if (!_seen.Add(type))
            return;
        if (!KnownTypes.IsOwn(type))
        {
            _problems.Add($"{place}: {Name(type)} is neither a type that Orleans knows and that cannot change nor marked [GenerateSerializer].");
            return;
        }

        VisitOwn(type);
    }

    internal void CheckAliases()
    {
        foreach (var group in _seen.Where(KnownTypes.IsOwn).GroupBy(AliasOf).Where(g => g.Key is not null && g.Count() > 1))
            _problems.Add($"Alias '{group.Key}' is used by {string.Join(" and ", group.Select(Name))}.");
    }

    internal static string? AliasOf(Type type) => type.GetCustomAttributes<AliasAttribute>(inherit: false).FirstOrDefault()?.Alias;

    private void VisitOwn(Type type)
    {
        if (AliasOf(type) is null)
            _problems.Add($"{Name(type)} has no [Alias].");
        foreach (var level in BoundaryLevel.Of(type))
        {
            if (level.Type != type)
            {
                Visit(level.Type, $"base of {Name(type)}");
                continue;
            }

            CheckLevel(level);
        }

        foreach (var derived in DerivedFrom(type))
            Visit(derived, $"derived from {Name(type)}");
    }

    private void CheckLevel(BoundaryLevel level)
    {
        var name = Name(level.Type);
        foreach (var lost in level.Lost)
            _problems.Add($"{name}.{lost} has no [Id] and would be lost.");
        foreach (var twice in level.Members.GroupBy(m => m.Place).Where(g => g.Count() > 1))
            _problems.Add($"{name}: {twice.Key} is used by {string.Join(" and ", twice.Select(m => m.Name))}.");
        foreach (var member in level.Members)
        {
            if (!IsFixed(level.Type, member))
                _problems.Add($"{name}.{member.Name} can be changed after construction.");
            Visit(member.Type, $"{name}.{member.Name}");
        }
    }

    private static bool IsFixed(Type type, BoundaryMember member)
    {
        if (member.Field.IsInitOnly)
            return true;
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return type.GetProperty(member.Name, Any)?.SetMethod is { } set && set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
    }

    private static IEnumerable<Type> DerivedFrom(Type type) => type.IsSealed ? [] : type.Assembly.GetTypes().Where(t => t.BaseType is { } parent
        && (parent == type || (parent.IsConstructedGenericType && parent.GetGenericTypeDefinition() == type)));

    private static string Name(Type type)
    {
        var name = type is { IsNested: true, IsGenericParameter: false } ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
