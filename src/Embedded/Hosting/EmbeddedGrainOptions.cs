using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>The limits and the grains of an embedded host.</summary>
public sealed class EmbeddedGrainOptions
{
    private readonly HashSet<Type> _types = [];

    /// <summary>Calls that may wait for one activation; one more fails with <see cref="GrainOverloadedException"/>. 10,000; at least 1.</summary>
    public int MailboxLimit { get; set; } = 10_000;

    /// <summary>How long a caller waits for an answer before it gets a <see cref="TimeoutException"/>. 30 s; more than zero.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Turns that one activation runs before it lets the others go first. 64; 1 to 10,000.</summary>
    public int TurnsPerQuantum { get; set; } = 64;

    /// <summary>How long a stop waits for running and queued calls, and then for deactivations. 30 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>When idle activations end, and how long beginning and ending may take.</summary>
    public GrainCollectionOptions Collection { get; } = new();

    /// <summary>The shortest period of a reminder; the first tick may come sooner. One minute, as in Orleans.</summary>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the reminder table is read for what comes due until the reading after next. One minute.</summary>
    public TimeSpan ReminderPollInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Most reminders read at once; the rest follows when these have fired. 10,000.</summary>
    public int ReminderBatch { get; set; } = 10_000;

    /// <summary>Items that may wait for one stream subscriber; beyond it the oldest is dropped, which shows as a gap in the sequence tokens. 1,024.</summary>
    public int StreamQueueLimit { get; set; } = 1_024;

    /// <summary>The names under which stream providers are registered.</summary>
    public IList<string> StreamProviders { get; } = [];

    /// <summary>Hosts every grain class of the assembly.</summary>
    public EmbeddedGrainOptions AddGrains(Assembly assembly)
    {
        _types.UnionWith(GrainCatalog.ClassesOf(assembly));
        return this;
    }

    /// <summary>Hosts one grain class.</summary>
    public EmbeddedGrainOptions AddGrain<TGrain>() where TGrain : class, IGrainBase
    {
        _types.Add(typeof(TGrain));
        return this;
    }

    internal IEnumerable<Type> Types() => _types;

    /// <summary>Fails at start-up when a limit is out of its range.</summary>
    internal void Validate()
    {
        Require(MailboxLimit >= 1, nameof(MailboxLimit), "at least 1");
        Require(CallTimeout > TimeSpan.Zero, nameof(CallTimeout), "more than zero");
        Require(TurnsPerQuantum is >= 1 and <= 10_000, nameof(TurnsPerQuantum), "1 to 10,000");
        Require(ShutdownTimeout >= TimeSpan.Zero, nameof(ShutdownTimeout), "not negative");
        Require(ReminderPollInterval > TimeSpan.Zero, nameof(ReminderPollInterval), "more than zero");
        Require(ReminderBatch >= 1, nameof(ReminderBatch), "at least 1");
        Require(StreamQueueLimit >= 1, nameof(StreamQueueLimit), "at least 1");
        Require(Collection.CollectionQuantum > TimeSpan.Zero, nameof(Collection.CollectionQuantum), "more than zero");
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds)
            throw new InvalidOperationException($"{nameof(EmbeddedGrainOptions)}.{name} must be {range}.");
    }
}

/// <summary>When idle activations end.</summary>
public class GrainCollectionOptions
{
    /// <summary>How often idle activations are looked for. One minute.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long without a call makes an activation idle. 15 minutes.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Other ages, by full class name.</summary>
    public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = new(StringComparer.Ordinal);

    /// <summary>How long an activation may take to begin. 30 s.</summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an activation may take to end before it is given up. 30 s.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
