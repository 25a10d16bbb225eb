using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Cavra.Actors.Inputs;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Plans;

/// <summary>
/// Makes the plan of a session from a runbook: steps numbered across phases, inputs in place, every step judged, gates, digests. Pure; the result may
/// be shared by all sessions that start from the same request. What depends on people is <see cref="PlanAudience"/>.
/// </summary>
public static class PlanCompiler
{
    /// <summary>Compiles. Problems come with the code that the answer carries first (details, "Codes").</summary>
    public static CompiledPlan Compile(CompileRequest request)
    {
        var profile = EnvironmentProfiles.Of(request.Profile);
        var problems = new List<Refusal>();
        if (!request.Runbook.Environments.Contains(profile.Environment))
            problems.Add(PlanProblems.EnvironmentNotAllowed(request.Runbook, profile));
        var mode = request.Mode ?? ValidationModes.Default(request.Runbook, profile.Environment);
        if (ValidationModes.Problem(mode, request.Runbook, profile.Environment) is { } refused)
            problems.Add(Refusal.Of("validation_mode_not_allowed", refused));
        var inputs = InputValues.Check(request.Runbook.Inputs, request.InputsJson);
        if (!inputs.Valid)
            return new CompiledPlan(null, [.. problems, PlanProblems.InputsInvalid(inputs.Problems)]);

        var planner = new StepPlanner(request, inputs.Values);
        var steps = request.Runbook.Numbered().Select((s, i) => (Planned: planner.Plan(i + 1, s.Phase, s.Step), s.Step)).ToList();
        problems.AddRange(PlanProblems.Of(request, steps, profile));
        var plan = Assemble(request, profile, mode, steps, problems);
        return new CompiledPlan(plan, [.. problems]);
    }

    private static SessionPlan Assemble(
        CompileRequest request, ProfileRules profile, ValidationMode mode, List<(PlannedStep Planned, RunbookStep Step)> steps, List<Refusal> problems)
    {
        var origin = new StepOrigin(request.Runbook.RunbookId, request.Version, request.RunbookDigest, request.Profile);
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i].Planned;
            steps[i] = (step with { Digest = StepDigest.Of(step, origin), RollbackDigest = StepDigest.OfRollback(step, origin) }, steps[i].Step);
        }

        var gatePlanner = new GatePlanner(steps, profile.Environment);
        var gates = gatePlanner.Plan(mode);
        if (gatePlanner.TooManyQuorums)
            problems.Add(Refusal.Of("quorum_unsatisfiable", "The quorums of the steps that one gate covers are too many to be decided together; use per_step."));
        var plan = new SessionPlan
        {
            Digest = "",
            RunbookId = request.Runbook.RunbookId,
            RunbookVersion = request.Version,
            RunbookDigest = request.RunbookDigest,
            Title = request.Runbook.Title,
            EnvironmentProfile = request.Profile,
            Environment = profile.Environment,
            ValidationMode = mode,
            SandboxProfile = profile.Name,
            Requirements = Requirements(request, steps),
            Steps = [.. steps.Select(s => WithGates(s.Planned, gates))],
            Gates = gates,
            PolicyRevision = request.Policy.Revision,
            PointOfNoReturn = steps.Find(s => s.Planned.Irreversible).Planned?.Number,
        };
        return plan with { Digest = PlanDigest(plan) };
    }

    /// <summary>The runbook's requirements, and the capabilities that its credentials are bound to (spec 5.2: worker against credential scope).</summary>
    private static WorkerRequirements Requirements(CompileRequest request, List<(PlannedStep Planned, RunbookStep Step)> steps)
    {
        var needs = request.Runbook.WorkerRequirements;
        var bound = steps.SelectMany(s => s.Planned.Credentials)
            .Select(c => request.Credentials?.GetValueOrDefault(c.Id)?.Capability).OfType<string>();
        return needs with { Capabilities = [.. needs.Capabilities.Concat(bound).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
    }

    /// <summary>The step's decision as the operator sees it: a gate that a human decides makes it <c>require_approval</c>, with the gate's reason first.</summary>
    private static PlannedStep WithGates(PlannedStep step, ImmutableArray<PlannedGate> gates)
    {
        var covering = gates.Where(g => g.StepNumbers.Contains(step.Number)).ToList();
        var human = covering.FindLast(g => !g.Automatic);
        var policy = human?.Quorum ?? (covering.Count > 0 ? "automatic" : "none");
        var decision = step.Decision;
        if (human is not null && decision.Verdict == Verdict.Allow)
            decision = decision with { Verdict = Verdict.RequireApproval, Reason = human.Rules[0].Reason, Rules = [.. human.Rules, .. decision.Rules] };
        else if (human is null && covering.Count > 0 && decision.Verdict == Verdict.Allow)
            decision = decision with { Reason = covering[0].Rules[0].Reason, Rules = [.. covering[0].Rules, .. decision.Rules] };
        return step with { Decision = decision, ApprovalPolicy = policy };
    }

    private static string PlanDigest(SessionPlan plan) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(plan, WireJson.Options)));
}
