using Microsoft.Extensions.DependencyInjection;

namespace Cavra.Actors.Embedded;

/// <summary>An activation's services. A scope is made only when something that is not a singleton is asked for: most grains never need one.</summary>
internal sealed class ActivationServices(Activation activation) : IKeyedServiceProvider, IDisposable
{
    private IServiceScope? _scope;

    public object? GetService(Type serviceType)
    {
        if (serviceType == typeof(IGrainContext))
            return activation;
        if (serviceType == typeof(IServiceProvider))
            return this;
        return ProviderFor(serviceType).GetService(serviceType);
    }

    public object? GetKeyedService(Type serviceType, object? serviceKey) => Keyed(serviceType).GetKeyedService(serviceType, serviceKey);

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => Keyed(serviceType).GetRequiredKeyedService(serviceType, serviceKey);

    public void Dispose() => _scope?.Dispose();

    private IKeyedServiceProvider Keyed(Type serviceType) => (IKeyedServiceProvider)ProviderFor(serviceType);

    private IServiceProvider ProviderFor(Type serviceType) => activation.Host.Lifetimes.IsSingleton(serviceType)
        ? activation.Host.ServiceProvider
        : (_scope ??= activation.Host.ServiceProvider.CreateScope()).ServiceProvider;
}
