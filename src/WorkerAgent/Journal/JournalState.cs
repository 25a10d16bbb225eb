using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Journal;

/// <summary>How far one run is known to have come.</summary>
internal enum StepProgress
{
    /// <summary>Accepted; nothing has run.</summary>
    Intended,

    /// <summary>May have run.</summary>
    Started,

    /// <summary>Over, with its result.</summary>
    Ended,

    /// <summary>Over, and the orchestrator has the result.</summary>
    Reported,
}

/// <summary>One run of a command, as the journal knows it.</summary>
internal sealed record JournalStep(StepKey Key, SessionId Session, string Digest, StepProgress Progress, StepResultFrame? Result);

/// <summary>What the journal's lines add up to. Pure: applying the same lines gives the same state.</summary>
internal sealed class JournalState
{
    /// <summary>Ended assignments remembered, so that a late copy of one is not taken for new.</summary>
    internal const int ReleasedRemembered = 8192;

    /// <summary>Plans kept though no assignment uses them now; the next session of the same runbook needs no copy.</summary>
    internal const int IdlePlansKept = 32;

    private readonly Dictionary<StepKey, JournalStep> _steps = [];
    private readonly Dictionary<AssignmentId, AssignFrame> _assignments = [];
    private readonly Dictionary<string, ImmutableArray<PlannedStep>> _plans = new(StringComparer.Ordinal);
    private readonly Queue<string> _planOrder = new();
    private readonly HashSet<AssignmentId> _released = [];
    private readonly Queue<AssignmentId> _releasedOrder = new();

    internal IReadOnlyDictionary<StepKey, JournalStep> Steps => _steps;

    /// <summary>Assignments that are not over, without their steps.</summary>
    internal IReadOnlyDictionary<AssignmentId, AssignFrame> Assignments => _assignments;

    internal bool IsReleased(AssignmentId assignment) => _released.Contains(assignment);

    internal ImmutableArray<PlannedStep>? Plan(string digest) => _plans.TryGetValue(digest, out var steps) ? steps : null;

    internal void Apply(JournalRecord record)
    {
        switch (record)
        {
            case PlanRecord plan:
                if (_plans.TryAdd(plan.Digest, plan.Steps))
                    _planOrder.Enqueue(plan.Digest);
                break;
            case AssignedRecord assigned when !IsReleased(assigned.Frame.AssignmentId):
                _assignments[assigned.Frame.AssignmentId] = assigned.Frame;
                break;
            case ReleasedRecord released:
                Release(released.Assignment);
                break;
            case IntentRecord intent when !IsReleased(intent.Key.Assignment):
                _steps[intent.Key] = new JournalStep(intent.Key, intent.Session, intent.Digest, StepProgress.Intended, null);
                break;
            case AssignedRecord or IntentRecord:
                // Written before the release and applied after it: a late line takes nothing back.
                break;
            case StartedRecord started:
                Move(started.Key, StepProgress.Started, null);
                break;
            case EndedRecord ended:
                Move(ended.Key, StepProgress.Ended, ended.Result);
                break;
            case ReportedRecord reported:
                Move(reported.Key, StepProgress.Reported, null);
                break;
            default:
                throw new InvalidOperationException($"unknown journal record {record.GetType().Name}");
        }
    }

    /// <summary>The fewest records that add up to the same state.</summary>
    internal IEnumerable<JournalRecord> Snapshot()
    {
        foreach (var released in _releasedOrder)
            yield return new ReleasedRecord(released);
        TrimPlans();
        foreach (var digest in _planOrder)
            yield return new PlanRecord(digest, _plans[digest]);
        foreach (var assignment in _assignments.Values)
            yield return new AssignedRecord(assignment);
        foreach (var step in _steps.Values)
            foreach (var record in Records(step))
                yield return record;
    }

    private static IEnumerable<JournalRecord> Records(JournalStep step)
    {
        yield return new IntentRecord(step.Key, step.Session, step.Digest);
        if (step.Progress >= StepProgress.Started)
            yield return new StartedRecord(step.Key);
        if (step.Progress >= StepProgress.Ended && step.Result is { } result)
            yield return new EndedRecord(step.Key, result);
        if (step.Progress == StepProgress.Reported)
            yield return new ReportedRecord(step.Key);
    }

    private void Move(StepKey key, StepProgress progress, StepResultFrame? result)
    {
        if (!_steps.TryGetValue(key, out var step))
            return;
        // A late copy of an earlier line takes nothing back.
        if (progress > step.Progress || result is not null)
            _steps[key] = step with { Progress = progress > step.Progress ? progress : step.Progress, Result = result ?? step.Result };
    }

    private void Release(AssignmentId assignment)
    {
        _assignments.Remove(assignment);
        foreach (var key in _steps.Keys.Where(key => key.Assignment == assignment).ToList())
            _steps.Remove(key);
        if (!_released.Add(assignment))
            return;
        _releasedOrder.Enqueue(assignment);
        if (_releasedOrder.Count > ReleasedRemembered)
            _released.Remove(_releasedOrder.Dequeue());
    }

    private void TrimPlans()
    {
        var used = _assignments.Values.Select(frame => frame.PlanDigest).ToHashSet(StringComparer.Ordinal);
        for (var looked = _planOrder.Count; looked > 0 && _planOrder.Count > IdlePlansKept; looked--)
        {
            var digest = _planOrder.Dequeue();
            if (used.Contains(digest))
                _planOrder.Enqueue(digest);
            else
                _plans.Remove(digest);
        }
    }
}
