using System.Collections.Immutable;
using Cavra.Actors.Plans;
using Cavra.Actors.Policy;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Simulation;

/// <summary>What really ran on the workers, held against what was decided: checked at the moment a process would start.</summary>
internal sealed class ExecutionChecker(RunContext run, SimulatedStore store)
{
    private readonly HashSet<(long Session, int Step, int Attempt, string? RollbackOf)> _ran = [];
    private readonly Dictionary<(long Session, int Step), RunKey> _running = [];

    public void Starts(string worker, CommandFrame command)
    {
        var session = store.Find(command.SessionId);
        var key = new RunKey(command.AssignmentId, command.StepNumber, command.Attempt, command.IsRollback);
        if (session?.State is null)
        {
            run.Violated("I2", $"{worker} runs {key} of a session that is not stored");
            return;
        }

        // A rollback that was lost may be asked for again under another fence; a step's attempt never runs twice, under whichever.
        if (!_ran.Add((command.SessionId.Value, command.StepNumber, command.Attempt, command.IsRollback ? command.AssignmentId.Value : null)))
            run.Violated("once", $"{worker} runs {key} a second time");
        if (_running.TryGetValue((command.SessionId.Value, command.StepNumber), out var other))
        {
            // What became of a lost run nobody knows, and it may still go on where nobody can reach it (spec 7.3); only that is allowed.
            if (session.Happened.OfType<WorkerLost>().Any(e => e.AssignmentId == other.Assignment)) run.Reach(Situation.LostRunGoesOn);
            else run.Violated("once", $"{worker} runs {key} while {other} runs, which was not given up");
        }

        _running[(command.SessionId.Value, command.StepNumber)] = key;
        Decided(session, key, command);
    }

    public void Ends(CommandFrame command)
    {
        var at = (command.SessionId.Value, command.StepNumber);
        if (_running.TryGetValue(at, out var key) && key.Assignment == command.AssignmentId) _running.Remove(at);
    }

    /// <summary>I2.</summary>
    private void Decided(StoredSession session, RunKey key, CommandFrame command)
    {
        var step = session.Plan.Steps[key.Step - 1];
        var digest = key.IsRollback ? step.RollbackDigest : step.Digest;
        if (command.Digest != digest) run.Violated("I2", $"{key} carries digest {command.Digest}, the plan says {digest}");
        var decision = session.Happened.OfType<PolicyDecided>().LastOrDefault(e =>
            e.Step == key.Step && e.Attempt == key.Attempt && e.IsRollback == key.IsRollback && e.AssignmentId == key.Assignment);
        if (decision is null) run.Violated("I2", $"{key} runs without a policy decision");
        else if (decision.Verdict == Verdict.Deny || decision.Digest != digest) run.Violated("I2", $"{key} runs though policy decided {decision.Verdict} on {decision.Digest}");
        if (key.IsRollback) return;
        var covering = session.Happened.OfType<ApprovalResolved>().Where(e => e.Approved && Covers(e, key)).ToArray();
        foreach (var approval in covering)
            if (approval.Digest != Gates.Digest(session.State!, approval.StepNumbers, approval.Attempts)) run.Violated("I2", $"{approval.ApprovalId} is bound to something else than {key}");
        if (Needs(session.Plan, step, key) && covering.Length == 0) run.Violated("I2", $"{key} runs without an approval");
        if (covering.Length == 0) return;
        var token = ApprovalBinding.Token(session.State!.Tenant, session.Id, key.Step, key.Attempt, step.Digest, step.Decision.Revision);
        if (command.ApprovalToken != token) run.Violated("I2", $"{key} carries another token than its own");
    }

    private static bool Needs(SessionPlan plan, PlannedStep step, RunKey key) => key.Attempt == 1
        ? step.Decision.Verdict == Verdict.RequireApproval || plan.Gates.Any(g => g.BeforeStep <= key.Step && g.StepNumbers.Contains(key.Step))
        : Gates.NeedsHuman(step);

    private static bool Covers(ApprovalResolved approval, RunKey key)
    {
        ImmutableArray<int> steps = approval.StepNumbers;
        var at = steps.IndexOf(key.Step);
        return at >= 0 && approval.Attempts[at] == key.Attempt;
    }
}
