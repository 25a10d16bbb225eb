using Cavra.Actors.Approvals;
using Cavra.Actors.Inputs;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Plans;

/// <summary>Makes one planned step: inputs in place, decision, failure behaviour. Gates and digests come after, because they need all steps.</summary>
internal sealed class StepPlanner(CompileRequest request, IReadOnlyDictionary<string, string> inputs)
{
    private readonly ProfileRules _profile = EnvironmentProfiles.Of(request.Profile);

    public PlannedStep Plan(int number, StepPhase phase, RunbookStep step)
    {
        var planned = new PlannedStep
        {
            Number = number,
            Name = step.Name,
            Phase = phase,
            Command = InputSubstitution.Fill(step.Command, inputs),
            TimeoutSeconds = Seconds(step.Timeout),
            WorkingDirectory = step.Cwd,
            BlastRadius = step.BlastRadius,
            Critical = step.Critical,
            Destructive = step.Destructive,
            Idempotent = step.Idempotent,
            Irreversible = step.Irreversible,
            OnFailure = FailureRules.Resolve(step, _profile),
            Rollback = step.Rollback is { } rollback ? new RollbackAction(InputSubstitution.Fill(rollback.Command, inputs), Seconds(rollback.Timeout), rollback.Conditions) : null,
            RetryBackoffSeconds = Seconds(step.RetryBackoff),
            Credentials = [.. step.Credentials.Select(c => new CredentialUse(c.Id, c.Env, Seconds(c.Ttl)))],
            Expect = step.Expect,
            Writable = InputSubstitution.Fill(step.Writable, inputs),
            Network = InputSubstitution.Fill(step.Network, inputs),
            Targets = InputSubstitution.Fill(step.Targets, inputs),
            ActionBudget = step.ActionBudget,
            SandboxProfile = _profile.Name,
            Decision = Undecided,
            Digest = "",
        };
        return Decide(planned with { RequiresRollback = planned.OnFailure == OnFailure.Rollback }, step);
    }

    private PolicyDecision Undecided => new() { Verdict = Verdict.Deny, Reason = "", Revision = request.Policy.Revision };

    private PlannedStep Decide(PlannedStep planned, RunbookStep step)
    {
        var decision = PolicyEvaluator.Evaluate(PolicyQuestion.Of(planned, request.Profile), request.Policy);
        var back = PolicyQuestion.OfRollback(planned, request.Profile) is { } question ? PolicyEvaluator.Evaluate(question, request.Policy) : null;
        if (back is { TwoKey: true } && decision.Verdict != Verdict.Deny)
            decision = WithRollback(decision, back);
        var destructive = planned.Destructive || Destroys(decision);
        var quorum = step.Quorum is { } text ? QuorumExpression.Parse(text) : null;
        return planned with
        {
            Destructive = destructive,
            Decision = decision,
            RollbackDecision = back,
            MaxRetries = FailureRules.Retries(step, planned.Phase, destructive),
            Quorum = (decision.TwoKey ? quorum?.WithTwoKeys() ?? QuorumExpression.TwoKeys : quorum ?? QuorumExpression.OneApprover).Text,
        };
    }

    /// <summary>A rollback that needs two keys is approved together with its step: at the failure nobody may be there to ask.</summary>
    private static PolicyDecision WithRollback(PolicyDecision decision, PolicyDecision back)
    {
        var rules = back.Rules.Select(r => r with { Reason = "Its rollback: " + r.Reason });
        return decision with
        {
            Verdict = Verdict.RequireApproval,
            TwoKey = true,
            Rules = decision.Verdict == Verdict.Allow ? [.. rules] : [.. decision.Rules, .. rules],
            Reason = decision.Verdict == Verdict.Allow ? "Its rollback: " + back.Reason : decision.Reason,
        };
    }

    private bool Destroys(PolicyDecision decision) =>
        decision.Rules.Any(hit => !hit.Reason.StartsWith("Its rollback: ", StringComparison.Ordinal)
            && request.Policy.Rules.Any(r => r.Id == hit.Id && r.Effect == RuleEffect.TwoKeys));

    private static int Seconds(TimeSpan duration) => (int)Math.Ceiling(duration.TotalSeconds);
}
