using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded;

/// <summary>What the host knows of one grain class: identity, rules, and how to make one.</summary>
internal sealed class GrainClass
{
    private readonly ConstructorInvoker _constructor;
    private readonly Func<Activation, object?>[] _arguments;

    internal GrainClass(Type type, EmbeddedGrainOptions options)
    {
        Type = type;
        GrainType = NameOf(type);
        Interfaces = [.. type.GetInterfaces().Where(i => typeof(IAddressable).IsAssignableFrom(i) && i != typeof(IAddressable))];
        PrimaryInterface = Array.Find(Interfaces, i => !IsMarker(i)) ?? typeof(IGrain);
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        if (type.GetCustomAttribute<StatelessWorkerAttribute>() is { } worker)
            MaxWorkers = worker.MaxLocalWorkers > 0 ? worker.MaxLocalWorkers : Environment.ProcessorCount;
        CollectionAge = AgeOf(type, options.Collection);
        HasActivate = Overrides(nameof(IGrainBase.OnActivateAsync));
        HasDeactivate = Overrides(nameof(IGrainBase.OnDeactivateAsync));
        var constructor = ChooseConstructor(type);
        _constructor = ConstructorInvoker.Create(constructor);
        _arguments = Array.ConvertAll(constructor.GetParameters(), GrainConstructorArgument.For);
    }

    internal Type Type { get; }

    internal GrainType GrainType { get; }

    internal Type[] Interfaces { get; }

    /// <summary>The interface that an untyped reference to the grain shows.</summary>
    internal Type PrimaryInterface { get; }

    internal bool IsReentrant { get; }

    internal int MaxWorkers { get; }

    internal bool IsStatelessWorker => MaxWorkers > 0;

    /// <summary>Null: never collected.</summary>
    internal TimeSpan? CollectionAge { get; }

    internal bool HasActivate { get; }

    internal bool HasDeactivate { get; }

    /// <summary>The programming model's own interfaces, which name no grain.</summary>
    internal static bool IsMarker(Type type) => type.Assembly == typeof(GrainClass).Assembly;

    internal IGrainBase Create(Activation activation)
    {
        var arguments = new object?[_arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = _arguments[i](activation);
        return (IGrainBase)_constructor.Invoke(arguments.AsSpan());
    }

    private static GrainType NameOf(Type type)
    {
        if (type.GetCustomAttribute<GrainTypeAttribute>() is { } named)
            return GrainType.Create(named.GrainType);
        var name = type.Name.ToLowerInvariant();
        const string Suffix = "grain";
        return GrainType.Create(name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name);
    }

    private static TimeSpan? AgeOf(Type type, GrainCollectionOptions options)
    {
        if (type.IsDefined(typeof(KeepAliveAttribute)))
            return null;
        var age = type.GetCustomAttribute<CollectionAgeLimitAttribute>()?.AgeLimit
            ?? (options.ClassSpecificCollectionAge.TryGetValue(type.FullName!, out var specific) ? specific : options.CollectionAge);
        return age == Timeout.InfiniteTimeSpan ? null : age;
    }

    private static ConstructorInfo ChooseConstructor(Type type)
    {
        var all = type.GetConstructors();
        return Array.Find(all, c => c.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
            ?? all.MaxBy(c => c.GetParameters().Length)
            ?? throw new InvalidOperationException($"{type} has no public constructor.");
    }

    private bool Overrides(string method)
    {
        var map = Type.GetInterfaceMap(typeof(IGrainBase));
        var target = map.TargetMethods[Array.FindIndex(map.InterfaceMethods, m => m.Name == method)];
        return target.DeclaringType != typeof(Grain) && target.DeclaringType != typeof(IGrainBase);
    }
}
