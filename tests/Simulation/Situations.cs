using System.Collections.Immutable;

namespace Cavra.Actors.Simulation;

/// <summary>The rare situations that a suite of runs has to reach, each counted; one that is never reached tests nothing.</summary>
internal static class Situation
{
    public const string Completed = "session completed";
    public const string Failed = "session failed";
    public const string Cancelled = "session cancelled";
    public const string TicketBusy = "two creates for one ticket";
    public const string CreateRepeated = "create repeated after an unknown outcome";
    public const string KeyReplayed = "idempotency key answered again";
    public const string NoAck = "no ACK in time";
    public const string LateAck = "ACK after its assignment ended";
    public const string AssignmentRefused = "worker refused the assignment";
    public const string PreflightFailed = "pre-flight failed";
    public const string FailedAssignment = "assignment attempts used up";
    public const string StaleFrame = "report under an old fence refused";
    public const string DuplicateFrame = "report taken before answered as duplicate";
    public const string OutOfOrder = "report out of order";
    public const string ResultAfterEnd = "result after the session's end";
    public const string CommandRepeated = "command received again by its worker";
    public const string CommandNotHeld = "command for an assignment not held";
    public const string WorkerLostInStep = "worker lost while a step ran";
    public const string WorkerLostBetween = "worker lost between steps";
    public const string WorkerRecovered = "lost worker came back";
    public const string LostRunGoesOn = "lost run went on beside the next one";
    public const string LateOutcome = "outcome of a lost run told later";
    public const string UnknownAfterRestart = "worker restarted while its step ran";
    public const string ResultFromJournal = "result reported from the journal after a restart";
    public const string ZombieHeldBack = "zombie without lease started nothing";
    public const string Revoked = "heartbeat revoked an assignment";
    public const string CrashWithLive = "host crashed with live sessions";
    public const string CrashAtCommit = "host crashed between commit and answer";
    public const string CommitUnknown = "commit done, answer lost";
    public const string CommitNotDone = "commit failed before it was done";
    public const string Conflict = "version conflict";
    public const string StoreOverloaded = "store overloaded";
    public const string Outage = "store outage with live sessions";
    public const string Partitioned = "worker behind a partition";
    public const string ChannelReplaced = "channel cut and opened again";
    public const string WorkerOffline = "worker held to be offline";
    public const string Drained = "worker drained";
    public const string Approved = "approval given";
    public const string Rejected = "approval rejected";
    public const string AutoApproved = "approval given by rule";
    public const string ApprovalExpired = "approval expired, successor opened";
    public const string ApprovalVoided = "approval voided";
    public const string VoteRace = "approve against reject at once";
    public const string DoubleClick = "approved twice at once";
    public const string SelfApproval = "self approval refused";
    public const string VoteTooLate = "vote on what was decided";
    public const string StepFailed = "step failed";
    public const string StepTimedOut = "step timed out";
    public const string StepRetried = "step retried";
    public const string RolledBack = "rollback done";
    public const string RollbackFailed = "rollback failed";
    public const string RollbackMoved = "rollback on another assignment";
    public const string CancelWhileRunning = "cancelled while a step ran";
    public const string CancelWhileQueued = "cancelled while queued";
    public const string CancelWhileWaiting = "cancelled while an approval was open";
    public const string PausedByOperator = "paused by an operator";
    public const string Resumed = "resumed";
    public const string QueueTimeout = "queue timeout";

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> All { get; } =
        [.. typeof(Situation).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];
}

/// <summary>How often each situation was reached.</summary>
internal sealed class SituationCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Reach(string situation) => _counts[situation] = _counts.GetValueOrDefault(situation) + 1;

    public void Add(SituationCounts other)
    {
        foreach (var (name, count) in other._counts) _counts[name] = _counts.GetValueOrDefault(name) + count;
    }

    public IEnumerable<string> Missing() => Situation.All.Where(s => !_counts.ContainsKey(s));
}
