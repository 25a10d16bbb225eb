namespace Cavra.Actors.Storage;

/// <summary>Bounds of the storage. Every queue, wait and batch has one.</summary>
public sealed record StorageOptions
{
    /// <summary>Connections that commit appends, 1..4. One saturates two cores; more help where the disk is slow to sync.</summary>
    public int AppendConnections { get; init; } = 1;

    /// <summary>Appends that may wait or run at once, 1..100,000; one more is answered with <c>Overloaded</c>.</summary>
    public int AppendQueueLimit { get; init; } = 16_384;

    /// <summary>Bytes of event payload that may wait or run at once; past it appends are answered with <c>Overloaded</c>.</summary>
    public long AppendQueueLimitBytes { get; init; } = 128L << 20;

    /// <summary>Most appends in one transaction, 1..4096.</summary>
    public int AppendBatchLimit { get; init; } = 512;

    /// <summary>Most payload bytes in one transaction (a single larger append still goes, alone).</summary>
    public long AppendBatchLimitBytes { get; init; } = 8L << 20;

    /// <summary>How long an append waits for a database that does not answer before it ends as <c>Unavailable</c>; at most this plus <see cref="CommandTimeout"/>.</summary>
    public TimeSpan AppendTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest single statement, 1..60 s.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections for reads, apart from those of the writers, so that readers never starve them (hazard D08).</summary>
    public int ReadConnections { get; init; } = 16;

    /// <summary>Connections for everything else that grains write: approvals, workers, flags, reminders.</summary>
    public int StoreConnections { get; init; } = 8;

    /// <summary>How long an idempotency key is remembered (contract, Conventions).</summary>
    public TimeSpan IdempotencyLifetime { get; init; } = TimeSpan.FromHours(24);
}
