using Cavra.Actors.Journal;
using Cavra.Actors.Queries;
using Cavra.Actors.Sessions;
using Cavra.Actors.Storage.Approvals;
using Cavra.Actors.Storage.Connections;
using Cavra.Actors.Storage.Journal;
using Cavra.Actors.Storage.LocalServer;
using Cavra.Actors.Storage.Operations;
using Cavra.Actors.Storage.Runbooks;
using Cavra.Actors.Storage.Schema;
using Cavra.Actors.Storage.Sessions;
using Cavra.Actors.Storage.Workers;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage;

/// <summary>
/// The installation's database, open: migrated, with the event store and everything that reads and writes beside it. One per process.
/// </summary>
public sealed class PostgresStorage : IAsyncDisposable
{
    private readonly StorageConnections _connections;
    private readonly GroupCommit _groupCommit;
    private readonly SessionIds _sessionIds;
    private readonly Housekeeping _housekeeping;

    private PostgresStorage(StorageConnections connections, Func<SessionHistory, SessionView?> replay, TimeProvider time, ILoggerFactory loggers)
    {
        _connections = connections;
        _groupCommit = new(connections, time, loggers.CreateLogger("Cavra.Actors.Storage.Journal"));
        Database = new(connections);
        var plans = new PlanCache(Database);
        var histories = new SessionHistories(Database, plans);
        _sessionIds = new(Database);
        Journal = new SessionJournal(_groupCommit, histories);
        Sessions = new SessionReader(Database, histories, plans, replay);
        Recovery = new RecoveryReader(Database);
        Chains = new(Database);
        Approvals = new ApprovalStore(Database);
        ApprovalReader = new ApprovalReader(Database);
        Workers = new WorkerStore(Database);
        Runbooks = new RunbookStore(Database);
        FeatureFlags = new FeatureFlagStore(Database);
        Audit = new AuditLog(Database);
        Idempotency = new IdempotencyStore(Database, connections.Options.IdempotencyLifetime, time);
        Subjects = new(Database);
        _housekeeping = new(Database, connections.Options.IdempotencyLifetime, time);
    }

    /// <summary>Sessions' events: the commit point.</summary>
    public ISessionJournal Journal { get; }

    /// <summary>Reads of sessions for one tenant.</summary>
    public ISessionReader Sessions { get; }

    /// <summary>Session numbers.</summary>
    public ISessionIds SessionIds => _sessionIds;

    /// <summary>What must be woken after a start.</summary>
    public IRecoveryReader Recovery { get; }

    /// <summary>The checker of hash chains.</summary>
    public ChainChecker Chains { get; }

    /// <summary>Approval tasks, for their grains.</summary>
    public IApprovalStore Approvals { get; }

    /// <summary>Approval tasks, for their readers.</summary>
    public IApprovalReader ApprovalReader { get; }

    /// <summary>Registered workers.</summary>
    public IWorkerStore Workers { get; }

    /// <summary>Runbook versions.</summary>
    public IRunbookStore Runbooks { get; }

    /// <summary>Feature flags.</summary>
    public IFeatureFlagStore FeatureFlags { get; }

    /// <summary>The audit log.</summary>
    public IAuditLog Audit { get; }

    /// <summary>Idempotency keys.</summary>
    public IIdempotencyStore Idempotency { get; }

    /// <summary>Subjects seen.</summary>
    public SubjectStore Subjects { get; }

    internal DatabaseReads Database { get; }

    /// <summary>Throws <see cref="StoreUnavailableException"/> when the database does not answer (for <c>/readyz</c>).</summary>
    public Task PingAsync(CancellationToken cancellationToken)
        => Database.AsSystemAsync(DatabaseReads.Sql("SELECT 1"), (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>Opens a configured database (<c>CAVRA_DATABASE</c>): its login owns the schema, and takes on the lesser roles for the daily work.</summary>
    /// <param name="replay">Rebuilds a session's view from its history, for <c>at=</c>: the grains' own machine.</param>
    /// <exception cref="StorageStartException">The database is absent, unreachable, too old or newer than this program.</exception>
    public static Task<PostgresStorage> OpenAsync(
        string connectionString, StorageOptions options, Func<SessionHistory, SessionView?> replay, TimeProvider time, ILoggerFactory loggers,
        CancellationToken cancellationToken = default)
        => OpenAsync(connectionString, _ => (connectionString, true), options, replay, time, loggers, cancellationToken);

    /// <summary>Opens the database of a private cluster.</summary>
    /// <param name="replay">Rebuilds a session's view from its history, for <c>at=</c>: the grains' own machine.</param>
    /// <exception cref="StorageStartException">The database is newer than this program, or a migration failed.</exception>
    public static Task<PostgresStorage> OpenAsync(
        PrivateCluster cluster, StorageOptions options, Func<SessionHistory, SessionView?> replay, TimeProvider time, ILoggerFactory loggers,
        CancellationToken cancellationToken = default)
        => OpenAsync(cluster.OwnerConnectionString, role => (cluster.ConnectionString(role), false), options, replay, time, loggers, cancellationToken);

    /// <summary>Ends the appends that were taken, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _housekeeping.DisposeAsync();
        await _groupCommit.DisposeAsync();
        _sessionIds.Dispose();
        await _connections.DisposeAsync();
    }

    private static async Task<PostgresStorage> OpenAsync(
        string owner, Func<string, (string, bool)> forRole, StorageOptions options, Func<SessionHistory, SessionView?> replay, TimeProvider time,
        ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        await Migrations.ApplyAsync(owner, loggers.CreateLogger("Cavra.Actors.Storage.Schema"), cancellationToken);
        return new(new StorageConnections(forRole, options), replay, time, loggers);
    }
}
