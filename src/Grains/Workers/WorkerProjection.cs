using System.Globalization;
using Cavra.Actors.Identity;
using Cavra.Actors.Journal;

namespace Cavra.Actors.Workers;

/// <summary>A worker as people see it, as the store keeps it, and back.</summary>
internal static class WorkerProjection
{
    public static WorkerView? View(WorkerId id, WorkerStatus status, WorkerTiming timing)
    {
        if (status.Registration is not { } registration) return null;
        return new WorkerView
        {
            WorkerId = id,
            State = status.State,
            Reason = Reason(status, timing),
            Capabilities = registration.Capabilities,
            Environments = registration.Environments,
            NetworkSegment = registration.NetworkSegment,
            MaxConcurrency = registration.MaxConcurrency,
            CurrentLoad = status.Held.Count,
            Sessions = [.. status.Held.Values.Select(p => p.Session).Order(SessionOrder)],
            LastHeartbeatAt = status.LastHeartbeatAt,
            RegisteredAt = status.RegisteredAt,
            Version = registration.Version,
            Transport = status.Channel?.Transport,
            Sandbox = registration.Sandbox,
            Assignments = [.. status.Held.Values.OrderBy(p => p.Session.Value).Select(p => new WorkerAssignmentView(p.Assignment, p.Session, p.Running))],
            Labels = registration.Labels,
            RoundTripMs = status.Channel?.RoundTripMs,
            Tenants = registration.Tenants,
            InProcess = registration.InProcess,
            LastBadAt = status.LastBadAt,
            Registered = status.Registered,
        };
    }

    public static WorkerRecord Record(WorkerId id, WorkerStatus status, long version, DateTimeOffset now) => new()
    {
        WorkerId = id,
        Version = version,
        Registration = status.Registration ?? throw new InvalidOperationException("a worker is stored only once it registered"),

        // Draining first: it is a decision, while silence is found again after a restart.
        State = !status.Registered ? WorkerState.Offline
            : status.Draining ? WorkerState.Draining
            : status.Silent ? WorkerState.Offline
            : status.Faulty ? WorkerState.Errored
            : WorkerState.Idle,
        Reason = status.DrainReason,
        RegisteredAt = status.RegisteredAt ?? now,
        UpdatedAt = now,
        LastBadAt = status.LastBadAt,
        Registered = status.Registered,
    };

    /// <summary>After a start of the orchestrator: every worker has a full grace from now on (hazard B04).</summary>
    public static WorkerStatus Restore(WorkerRecord record, IReadOnlyCollection<OpenAssignment> open, WorkerTiming timing, DateTimeOffset now)
    {
        var status = new WorkerStatus
        {
            Registration = record.Registration,
            Registered = record.Registered,
            RegisteredAt = record.RegisteredAt,
            DrainReason = record.State == WorkerState.Draining ? record.Reason ?? "draining" : null,
            Silent = record is { Registered: true, State: WorkerState.Offline },
            Faulty = record.State == WorkerState.Errored,
            LastBadAt = record.LastBadAt,
            SignOfLifeAt = now,
            GraceEndsAt = record.Registered && open.Count > 0 ? now + timing.OfflineAfter : null,
        };
        return open.Aggregate(status, (s, a) => WorkerMachine.Apply(
            s, new WorkerEvent.PlaceTaken(new HeldPlace(a.AssignmentId, a.SessionId, null, now, Used: true))));
    }

    private static Comparer<SessionId> SessionOrder { get; } = Comparer<SessionId>.Create((a, b) => a.Value.CompareTo(b.Value));

    private static string? Reason(WorkerStatus status, WorkerTiming timing) => status switch
    {
        { Registered: false } => "unregistered",
        { Silent: true } => string.Create(CultureInfo.InvariantCulture, $"no heartbeat for {timing.OfflineAfter.TotalSeconds:0.###} s"),
        { Faulty: true } => "the worker reported a fault of its own",
        { Draining: true } => status.DrainReason,
        { Channel: null } => "no channel is open",
        _ => null,
    };
}
