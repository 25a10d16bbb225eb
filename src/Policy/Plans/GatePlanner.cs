using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>Where a session waits for people (details, "Validation modes"; spec 4.1, 4.2).</summary>
internal sealed class GatePlanner(IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps, TargetEnvironment environment)
{
    /// <summary>Set when the quorums of some gate are too many to be one expression.</summary>
    public bool TooManyQuorums { get; private set; }

    public ImmutableArray<PlannedGate> Plan(ValidationMode mode) => mode switch
    {
        ValidationMode.PerStep => [.. steps.Select(s => Own(s, new RuleHit("gate.per-step", "per_step: every step is decided before it runs.")))],
        ValidationMode.PerPhase => PerPhase(),
        ValidationMode.CriticalOnly => [.. steps.Select(s => Own(s, null))],
        _ => FinalOnly(),
    };

    private ImmutableArray<PlannedGate> PerPhase()
    {
        var gates = ImmutableArray.CreateBuilder<PlannedGate>();
        foreach (var phase in steps.GroupBy(s => s.Planned.Phase))
        {
            // No way back where one is mandatory: the step has a two-key gate of its own, so that it is decided with what was seen before it.
            var own = phase.Where(s => HasNoWayBack(s.Planned)).ToList();
            var together = phase.Except(own).ToList();
            var name = phase.Key.ToString().ToLowerInvariant();
            if (together.Count > 0)
            {
                var why = new RuleHit("gate.per-phase", $"per_phase: the {name} phase is decided before it starts.");
                gates.Add(Over(together, [.. phase.Select(s => s.Planned.Number)], phase.First().Planned.Number, why));
            }

            gates.AddRange(own.Select(s => Own(s, null)));
        }

        return gates.ToImmutable();
    }

    private ImmutableArray<PlannedGate> FinalOnly()
    {
        var last = steps[^1].Planned.Number;
        var final = Over(steps, [last], last + 1, new RuleHit("gate.final-only", "final_only: the session is decided once, after the last step."));
        return [.. steps.Where(s => s.Planned.Decision.TwoKey).Select(s => Own(s, null)), final];
    }

    private PlannedGate Own((PlannedStep Planned, RunbookStep Step) step, RuleHit? why) =>
        Over([step], [step.Planned.Number], step.Planned.Number, why);

    private PlannedGate Over(IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> covered, ImmutableArray<int> numbers, int before, RuleHit? why)
    {
        var obstacles = covered.Select(s => AutoApproval.Obstacle(s.Planned, s.Step, environment)).OfType<RuleHit>().Distinct().ToList();
        var automatic = obstacles.Count == 0;
        return new PlannedGate
        {
            StepNumbers = numbers,
            BeforeStep = before,
            Quorum = Combined(covered),
            Automatic = automatic,
            Rules = automatic ? [AutoApproval.Reason(covered, environment)] : why is null ? [.. obstacles] : [why, .. obstacles],
            Digest = StepDigest.OfGate([.. covered.Select(s => s.Planned)]),
        };
    }

    /// <summary>
    /// One quorum that meets the demand of every step covered. One that another implies is left out: who decides is always an approver, so any quorum of two
    /// people implies two approvers.
    /// </summary>
    private string Combined(IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> covered)
    {
        var wanted = covered.Select(s => QuorumExpression.Parse(s.Planned.Quorum)).Distinct().ToList();
        var special = wanted.Where(q => !q.Equals(QuorumExpression.OneApprover) && !q.Equals(QuorumExpression.TwoKeys)).ToList();
        var twoKeys = wanted.Contains(QuorumExpression.TwoKeys);
        if (special.Count == 0)
            return (twoKeys ? QuorumExpression.TwoKeys : QuorumExpression.OneApprover).Text;
        var all = special.Count == 1 ? special[0] : All(special);
        return (twoKeys ? all.WithTwoKeys() : all).Text;
    }

    private QuorumExpression All(List<QuorumExpression> quorums)
    {
        var text = string.Join(" and ", quorums.Select(q => q.Alternatives.Length > 1 ? $"({q.Text})" : q.Text));
        if (QuorumExpression.TryParse(text, out var all, out _))
            return all;
        TooManyQuorums = true;
        return quorums[0];
    }

    private static bool HasNoWayBack(PlannedStep step) => step.Decision.Rules.Any(r => r.Id == PolicyEvaluator.NoWayBackRule);
}
