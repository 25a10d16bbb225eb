namespace Cavra.Actors.Silo.Settings;

/// <summary>Every setting of the silo, in the order of the docs.</summary>
public static class SettingTable
{
#pragma warning disable CS1591 // Each setting's meaning stands in it.
    public static readonly Setting Database = new("DATABASE", "", "a PostgreSQL connection string", "The database. None: a private PostgreSQL under the data directory.");
    public static readonly Setting SlaProd = new("APPROVALS:SLA:PROD", "10m", "a duration from 1s to 30d", "How long an approval in prod may wait before it expires and escalates (spec 4.3).");
    public static readonly Setting SlaStaging = new("APPROVALS:SLA:STAGING", "30m", "a duration from 1s to 30d", "The same in staging.");
    public static readonly Setting SlaDev = new("APPROVALS:SLA:DEV", "30m", "a duration from 1s to 30d", "The same in dev.");
    public static readonly Setting AckTimeout = new("ASSIGNMENT:ACK_TIMEOUT", "5s", "a duration from 10ms to 5m", "Until when a chosen worker must acknowledge (spec 2.3).");
    public static readonly Setting Backoff = new("ASSIGNMENT:BACKOFF", "5s,15s,45s", "durations from 10ms to 1d, separated by commas", "Waits after the first, second, ... failed assignment (spec 7.1).");
    public static readonly Setting Attempts = new("ASSIGNMENT:ATTEMPTS", "3", "a number from 1 to 100", "Assignment attempts before the session fails (spec 7.1).");
    public static readonly Setting QueueTimeout = new("ASSIGNMENT:QUEUE_TIMEOUT", "30m", "a duration from 1s to 30d", "How long a session waits for a worker that fits.");
    public static readonly Setting Heartbeat = new("WORKERS:HEARTBEAT", "15s", "a duration from 10ms to 1h", "Interval of workers' heartbeats (spec 2.3).");
    public static readonly Setting OfflineAfter = new("WORKERS:OFFLINE_AFTER", "45s", "a duration from 10ms to 1d", "Silence after which a worker is offline (spec 2.3).");
    public static readonly Setting Ping = new("WORKERS:PING", "5s", "a duration from 10ms to 1h", "Interval of pings on a worker's channel; three missed lose it.");
    public static readonly Setting FailoverGrace = new("WORKERS:FAILOVER_GRACE", "5s", "a duration from 10ms to 1h", "How long a lost channel may come back before its sessions are failed over.");
    public static readonly Setting PolicyData = new("POLICY:DATA", "", "a path", "File of the policy data; read again when it changes. None: the data shipped with this build.");
#pragma warning restore CS1591

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Database, SlaProd, SlaStaging, SlaDev, AckTimeout, Backoff, Attempts, QueueTimeout, Heartbeat, OfflineAfter, Ping, FailoverGrace, PolicyData,
    ];
}
