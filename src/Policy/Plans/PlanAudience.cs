using Cavra.Actors.Approvals;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Subjects;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Plans;

/// <summary>The part of a plan that depends on people: whether its gates can be decided at all, and by whom (details, "Who exists").</summary>
public static class PlanAudience
{
    /// <summary>
    /// The answer to a plan request. A gate that the directory less the requester cannot meet is <c>quorum_unsatisfiable</c>; a gate that opens by itself needs nobody.
    /// </summary>
    public static PlanReply Judge(CompiledPlan compiled, string requester, IReadOnlyCollection<Subject> directory)
    {
        if (compiled.Plan is not { } plan)
            return new PlanReply { Problems = compiled.Problems };
        var quorums = plan.Gates.Select(g => QuorumExpression.Parse(g.Quorum)).ToList();
        var unmet = plan.Gates.Select((gate, i) => (Gate: gate, Quorum: quorums[i]))
            .Where(g => !g.Gate.Automatic && !QuorumJudge.IsSatisfiable(g.Quorum, directory, requester)).ToList();
        return new PlanReply
        {
            Plan = plan,
            Problems = unmet.Count == 0 ? compiled.Problems : compiled.Problems.Add(Unsatisfiable(unmet[0].Gate, unmet[0].Quorum, requester, directory)),
            EligiblePerGate = [.. quorums.Select(q => QuorumJudge.Eligible(q, directory, requester))],
            Controls = EnvironmentProfiles.Of(plan.EnvironmentProfile).Controls,
        };
    }

    private static Refusal Unsatisfiable(PlannedGate gate, QuorumExpression quorum, string requester, IReadOnlyCollection<Subject> directory)
    {
        var eligible = QuorumJudge.Eligible(quorum, directory, requester);
        var who = eligible.IsEmpty ? "nobody else qualifies" : $"besides you only {string.Join(", ", eligible)} could help";
        return Refusal.Of("quorum_unsatisfiable", $"The gate for step {string.Join(", ", gate.StepNumbers)} needs {quorum.Text}, which cannot be met: {who}.")
            .With("quorum", quorum.Text);
    }
}
