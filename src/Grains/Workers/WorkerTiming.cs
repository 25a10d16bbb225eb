namespace Cavra.Actors.Workers;

/// <summary>The durations by which workers are judged; all by the host's clock (spec 2.3, ARCHITECTURE section 3, AgentWorker).</summary>
public sealed record WorkerTiming
{
    /// <summary>What workers are told to do; 15 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A worker is offline when exactly this long passed without a heartbeat; 45 s.</summary>
    public TimeSpan OfflineAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How often the host of a socket pings it; 5 s.</summary>
    public TimeSpan Ping { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a lost channel may come back before sessions are failed over; 5 s.</summary>
    public TimeSpan FailoverGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A place that was reserved and never used is given back after this; 30 s.</summary>
    public TimeSpan ReservationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A channel without any pong for this long is lost even if its host says nothing (it may have died with the socket): the third missed ping has
    /// had its own interval to be answered. With the grace this stays below spec 7.3's 30 s.
    /// </summary>
    public TimeSpan ChannelSilence => Ping * 4;
}
