using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>The grain classes of the assemblies given, by name and by interface.</summary>
internal sealed class GrainCatalog
{
    private readonly Dictionary<GrainType, GrainClass> _byName = [];
    private readonly Dictionary<Type, List<GrainClass>> _byInterface = [];

    internal GrainCatalog(EmbeddedGrainOptions options)
    {
        foreach (var type in options.Types())
        {
            var grain = new GrainClass(type, options);
            if (!_byName.TryAdd(grain.GrainType, grain))
                throw new InvalidOperationException($"{type} and {_byName[grain.GrainType].Type} are both called '{grain.GrainType}'; name one with [GrainType].");
            foreach (var implemented in grain.Interfaces)
            {
                if (GrainClass.IsMarker(implemented))
                    continue;
                if (!_byInterface.TryGetValue(implemented, out var classes))
                    _byInterface[implemented] = classes = [];
                classes.Add(grain);
            }
        }
    }

    internal GrainClass ClassOf(Type interfaceType, string? classNamePrefix)
    {
        if (!_byInterface.TryGetValue(interfaceType, out var classes))
            throw new ArgumentException($"Could not find an implementation for interface {interfaceType.FullName}; is its assembly among the host's?", nameof(interfaceType));
        var fitting = classNamePrefix is null ? classes : classes.FindAll(c => c.Type.FullName!.StartsWith(classNamePrefix, StringComparison.Ordinal));
        return fitting.Count == 1
            ? fitting[0]
            : throw new ArgumentException($"{fitting.Count} classes implement {interfaceType.FullName}{(classNamePrefix is null ? "" : $" with prefix {classNamePrefix}")}.", nameof(interfaceType));
    }

    internal GrainClass ClassOf(GrainId id) =>
        _byName.TryGetValue(id.Type, out var grain) ? grain : throw new ArgumentException($"No grain class is called '{id.Type}'.", nameof(id));

    internal bool TryFind(GrainId id, out GrainClass? grain) => _byName.TryGetValue(id.Type, out grain);

    internal static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && typeof(IGrainBase).IsAssignableFrom(type) && typeof(IAddressable).IsAssignableFrom(type);

    internal static IEnumerable<Type> ClassesOf(Assembly assembly) => assembly.GetTypes().Where(IsGrainClass);
}
