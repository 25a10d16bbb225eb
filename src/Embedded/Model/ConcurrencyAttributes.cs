namespace Cavra.Actors.Embedded;

/// <summary>The grain may begin a call while another of its calls awaits. Turns still never run side by side.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>A call to this method may begin while any other call of the grain awaits.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>The caller does not wait for, nor learn, the outcome.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;

/// <summary>Calls to this method may interleave with each other, not with calls that change state.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>Several activations per key, made where the caller is; no identity, no durable state.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute(int maxLocalWorkers = -1) : Attribute
{
    /// <summary>Most activations at once; -1 means one per processor.</summary>
    public int MaxLocalWorkers { get; } = maxLocalWorkers;
}
