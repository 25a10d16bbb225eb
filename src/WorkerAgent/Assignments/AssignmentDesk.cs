using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>
/// Holds the sessions that this worker was given and does what the orchestrator says about them. Frames come one at a time; runs go on
/// beside each other, one per session.
/// </summary>
internal sealed partial class AssignmentDesk(
    StepJournal journal, Outbox outbox, StepRunner runner, Preflight preflight, WorkFolders folders, int maxConcurrency, TimeProvider time, ILogger<AssignmentDesk> log)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<AssignmentId, Assignment> _held = [];
    private static readonly TimeSpan RewindPause = TimeSpan.FromMilliseconds(250);
    private readonly Backoff _rewindPause = new(Random.Shared);
    private TaskCompletionSource _empty = new();
    private int _rewinding;

    /// <summary>No new assignments; what is held goes on to its end.</summary>
    internal bool IsDraining { get; set; }

    /// <summary>What a heartbeat says.</summary>
    internal (WorkerState State, ImmutableArray<HeldSession> Sessions) Load()
    {
        lock (_lock)
        {
            var sessions = _held.Values.Select(held => new HeldSession(held.Frame.SessionId, held.Frame.AssignmentId)).ToImmutableArray();
            var state = IsDraining ? WorkerState.Draining
                : sessions.IsEmpty ? WorkerState.Idle
                : _held.Values.Any(held => held.Current is not null) ? WorkerState.Executing
                : WorkerState.Assigned;
            return (state, sessions);
        }
    }

    /// <summary>Ends when nothing is held.</summary>
    internal Task WhenEmpty()
    {
        lock (_lock)
        {
            if (_held.Count == 0)
                return Task.CompletedTask;
            if (_empty.Task.IsCompleted)
                _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    /// <summary>Takes up what a worker before this one left in the journal, before any channel is open.</summary>
    internal void Recover()
    {
        foreach (var frame in journal.Assignments())
            if (Steps(frame) is { } steps)
                _held[frame.AssignmentId] = new Assignment(frame, steps);
        folders.Sweep(_held.Keys.ToHashSet());
        foreach (var step in journal.Steps())
        {
            _held.GetValueOrDefault(step.Key.Assignment)?.Admit(step.Key);
            if (step.Progress is not (StepProgress.Started or StepProgress.Ended))
                continue;
            var result = step.Result is { } known ? StepReports.AfterRestart(known) : StepReports.Unknown(step);
            LogRecovered(log, step.Session.Value, step.Key.Step, step.Key.Attempt, result.Status);
            if (step.Result is null)
                Note(new EndedRecord(step.Key, result));
            outbox.Add(result);
        }
    }

    /// <summary>Does what a frame says.</summary>
    internal void Handle(AgentFrame frame)
    {
        switch (frame)
        {
            case AssignFrame assign:
                OnAssign(assign);
                break;
            case CommandFrame command:
                OnCommand(command);
                break;
            case CancelFrame cancel:
                OnCancel(cancel);
                break;
            case AckFrame ack:
                OnAck(ack);
                break;
            case OutputAckFrame ack:
                outbox.AcknowledgeOutput(ack);
                break;
            default:
                LogUnexpected(log, frame.GetType().Name);
                break;
        }
    }

    /// <summary>The orchestrator has given these to someone else, or ended them: stop and forget.</summary>
    internal void Revoke(IEnumerable<AssignmentId> assignments)
    {
        foreach (var id in assignments)
        {
            lock (_lock)
            {
                if (!_held.TryGetValue(id, out var held) || held.IsClosing)
                    continue;
                LogRevoked(log, held.Frame.SessionId.Value, id.Value);
                Stop(held);
                Close(held);
            }
        }
    }

    /// <summary>Kills everything that runs. What is not reported by now is found in the journal by the next worker.</summary>
    internal Task StopAll()
    {
        lock (_lock)
        {
            foreach (var held in _held.Values)
            {
                if (held.Current is { } run)
                    run.IsAbandoned = true;
                Stop(held);
            }

            return Task.WhenAll(_held.Values.Select(held => held.Tail));
        }
    }

    private void OnAssign(AssignFrame frame)
    {
        lock (_lock)
        {
            if (_held.TryGetValue(frame.AssignmentId, out var held))
            {
                Answer(frame, null);
                if (held.Preflight is { } known)
                    outbox.Add(known);
                return;
            }

            if (Refusal(frame) is { } refusal)
            {
                LogRefused(log, frame.SessionId.Value, frame.AssignmentId.Value, refusal);
                Answer(frame, refusal);
                return;
            }

            Take(frame);
        }
    }

    private string? Refusal(AssignFrame frame)
    {
        if (frame.AssignmentId.Value.Length is 0 or > 128 || frame.AssignmentId.Value.AsSpan().ContainsAnyExcept(WorkFolders.Safe) || frame.AssignmentId.Value[0] == '.')
            return "bad_assignment_id";
        if (journal.IsReleased(frame.AssignmentId))
            return "stale_assignment";
        if (IsDraining)
            return "draining";
        // The orchestrator counts places; one that it has given back already may not have been heard of here.
        if (_held.Count >= 2 * maxConcurrency)
            return "full";
        return Steps(frame) is null ? "unknown_plan" : null;
    }

    private void Take(AssignFrame frame)
    {
        var steps = Steps(frame)!.Value;
        var kept = frame;
        if (frame.PlanDigest is { } digest && !frame.RunbookSteps.IsDefaultOrEmpty)
        {
            if (journal.Plan(digest) is null)
                Note(new PlanRecord(digest, steps));
            kept = frame with { RunbookSteps = [] };
        }

        // Not waited for: these lines lie before the first start of the assignment, and that one is waited for.
        Note(new AssignedRecord(kept));
        var held = new Assignment(kept, steps);
        _held[frame.AssignmentId] = held;
        // Leaves with what the checks found, right below.
        outbox.AddSoon(AckOf(frame, null));
        var checks = preflight.Run(frame, steps);
        var ok = checks.All(check => check.Ok);
        LogAssigned(log, frame.SessionId.Value, frame.AssignmentId.Value, frame.SandboxProfile, ok);
        held.Preflight = new PreflightFrame
        {
            SessionId = frame.SessionId,
            AssignmentId = frame.AssignmentId,
            IdempotencyKey = $"{frame.AssignmentId}/preflight",
            Traceparent = frame.Traceparent,
            Ok = ok,
            Checks = checks,
        };
        outbox.Add(held.Preflight);
        if (!ok)
            Close(held);
    }

    private void Answer(AssignFrame frame, string? refusal) => outbox.Add(AckOf(frame, refusal));

    private static AssignmentAckFrame AckOf(AssignFrame frame, string? refusal) => new()
    {
        SessionId = frame.SessionId,
        AssignmentId = frame.AssignmentId,
        IdempotencyKey = $"{frame.AssignmentId}/ack",
        Traceparent = frame.Traceparent,
        Accepted = refusal is null,
        Reason = refusal,
    };

    private ImmutableArray<PlannedStep>? Steps(AssignFrame frame)
    {
        if (!frame.RunbookSteps.IsDefaultOrEmpty)
            return frame.RunbookSteps;
        return frame.PlanDigest is { } digest ? journal.Plan(digest) : null;
    }

    /// <summary>Writes a line that nothing waits for. Its failure shows at the next line that something does wait for.</summary>
    private void Note(JournalRecord record) =>
        _ = journal.Append(record, isAwaited: false).ContinueWith(
            failed => LogJournal(log, failed.Exception!.GetBaseException().Message),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}
