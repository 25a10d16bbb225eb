using System.Collections.Concurrent;

namespace Cavra.Actors.Embedded;

/// <summary>Makes references; the class behind each interface is emitted at first use and shared by all hosts of the process.</summary>
internal static class ProxyFactory
{
    private static readonly ConcurrentDictionary<Type, Lazy<Func<GrainReference>>> Factories = new();

    internal static GrainReference Create(Type interfaceType) =>
        Factories.GetOrAdd(interfaceType, static type => new Lazy<Func<GrainReference>>(() => ProxyEmitter.Emit(type))).Value();
}
