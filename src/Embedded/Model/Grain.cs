namespace Cavra.Actors.Embedded;

/// <summary>
/// The base of every grain class. One activation per key; its calls run in turns, one at a time, and by default one call at a
/// time from its beginning to its end.
/// </summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Made by the host only.</summary>
    protected Grain() =>
        GrainContext = Activation.Current ?? throw new InvalidOperationException("Grain was created outside of the host and no context was given.");

    /// <summary>Made with a given context.</summary>
    protected Grain(IGrainContext grainContext) => GrainContext = grainContext;

    /// <inheritdoc />
    public IGrainContext GrainContext { get; }

    /// <summary>A reference to this grain.</summary>
    public GrainReference GrainReference => GrainContext.GrainReference;

    /// <summary>The grain's identity as text.</summary>
    public string IdentityString => GrainContext.GrainId.ToString();

    /// <summary>Gives references to other grains.</summary>
    protected IGrainFactory GrainFactory => Activation.Host;

    /// <summary>The activation's services.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    internal Activation Activation => (Activation)GrainContext;

    /// <inheritdoc />
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation once its running calls have finished; later calls go to a fresh one.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps the activation from idle collection for at least <paramref name="timeSpan"/>; negative or infinite as in Orleans: clears, or for ever.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => Activation.DelayDeactivation(timeSpan);
}
