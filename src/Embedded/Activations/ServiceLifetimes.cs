using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded;

/// <summary>Knows which services are the same for everyone.</summary>
internal sealed class ServiceLifetimes(IServiceCollection services)
{
    private readonly ConcurrentDictionary<Type, bool> _singletons = new();

    internal bool IsSingleton(Type type) => _singletons.GetOrAdd(type, static (type, services) =>
    {
        var generic = type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : null;
        var matches = services.Where(d => d.ServiceType == type || (generic is not null && d.ServiceType == generic)).ToList();
        return matches.Count > 0 && matches.TrueForAll(d => d.Lifetime == ServiceLifetime.Singleton);
    }, services);
}
