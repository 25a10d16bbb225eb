using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>
/// Checks that what crosses grain boundaries would cross them under Orleans as well. The embedded host hands objects over as they are, so
/// without this check a missing attribute would show in production only.
/// </summary>
public static class BoundaryTypes
{
    /// <summary>
    /// Walks the parameters and results of every grain and observer interface of the assembly, and every type marked
    /// <see cref="GenerateSerializerAttribute"/> in it, with all that they contain and all types derived from them. Answers what is wrong,
    /// one line each; empty when nothing is. A type must be one that Orleans knows and that cannot change, or be marked
    /// <c>[GenerateSerializer]</c> and <c>[Alias]</c> and have a number for each stored member: <c>[Id(n)]</c>, or the position in a record's
    /// primary constructor, which Orleans numbers by itself.
    /// </summary>
    public static IReadOnlyList<string> Check(Assembly assembly) => Check(InterfacesOf(assembly).Concat(MarkedIn(assembly)));

    /// <summary>The same for the given interfaces and types alone.</summary>
    public static IReadOnlyList<string> Check(params IEnumerable<Type> roots)
    {
        var walk = new BoundaryWalk();
        foreach (var root in roots)
        {
            if (root.IsInterface && typeof(IAddressable).IsAssignableFrom(root))
                walk.VisitInterface(root);
            else
                walk.Visit(root, root.Name);
        }

        walk.CheckAliases();
        return walk.Problems;
    }

    /// <summary>Every concrete type of the assembly that is marked <see cref="GenerateSerializerAttribute"/>, to be sampled and round-tripped.</summary>
    public static IReadOnlyList<Type> All(Assembly assembly) => [.. MarkedIn(assembly).Where(t => t is { IsAbstract: false, ContainsGenericParameters: false })];

    private static IEnumerable<Type> InterfacesOf(Assembly assembly) =>
        assembly.GetTypes().Where(t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t) && !GrainClass.IsMarker(t));

    private static IEnumerable<Type> MarkedIn(Assembly assembly) => assembly.GetTypes().Where(t => KnownTypes.IsOwn(t) && !t.IsEnum);
}
