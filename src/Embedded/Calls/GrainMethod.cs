using System.Collections.Concurrent;
using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>What the host knows of one interface method; made once, when its proxy is.</summary>
internal sealed class GrainMethod
{
    private readonly ConcurrentDictionary<Type, MethodInfo> _implementations = new();

    internal GrainMethod(Type interfaceType, MethodInfo method)
    {
        InterfaceType = interfaceType;
        Method = method;
        Name = $"{interfaceType.Name}.{method.Name}";
        Flags = Flag<AlwaysInterleaveAttribute>(CallFlags.AlwaysInterleave) | Flag<ReadOnlyAttribute>(CallFlags.ReadOnly) | Flag<OneWayAttribute>(CallFlags.OneWay);

        CallFlags Flag<TAttribute>(CallFlags flag) => method.IsDefined(typeof(TAttribute)) ? flag : CallFlags.None;
    }

    internal Type InterfaceType { get; }

    internal MethodInfo Method { get; }

    /// <summary><c>IThing.Do</c>, as errors name it.</summary>
    internal string Name { get; }

    internal CallFlags Flags { get; }

    internal MethodInfo ImplementationIn(Type grainClass) => _implementations.GetOrAdd(grainClass, static (type, self) =>
    {
        var map = type.GetInterfaceMap(self.Method.DeclaringType!);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, self.Method)];
    }, this);
}
