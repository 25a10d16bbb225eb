namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>The system's clock, shifted (setting <c>CAVRA_CLOCK_OFFSET</c>); timers run at their usual pace.</summary>
internal sealed class OffsetTimeProvider(TimeSpan offset) : TimeProvider
{
    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
}
