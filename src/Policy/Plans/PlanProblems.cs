using System.Collections.Immutable;
using System.Text;
using Cavra.Actors.Policy;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Plans;

/// <summary>Why a plan may not start (details, "Codes": decided at create, before anything is made), in the order in which the answer prefers them.</summary>
internal static class PlanProblems
{
    /// <summary>Longest single argument that the kernel takes, bytes (MAX_ARG_STRLEN less its end).</summary>
    private const int MaxArgumentBytes = 131_071;

    public static Refusal EnvironmentNotAllowed(Runbook runbook, ProfileRules profile) => Refusal.Of("environment_not_allowed",
        $"{runbook.RunbookId} may run in {string.Join(", ", runbook.Environments.Select(e => e.ToString().ToLowerInvariant()))}, not with {profile.Name}.");

    public static Refusal InputsInvalid(ImmutableSortedDictionary<string, ImmutableArray<string>> problems) =>
        Refusal.Of("inputs_invalid", string.Join(" ", problems.Select(p => $"The input {p.Key} {string.Join(" ", p.Value)}"))) with
        {
            Errors = problems.ToImmutableSortedDictionary(p => "inputs." + p.Key, p => p.Value, StringComparer.Ordinal),
        };

    public static IEnumerable<Refusal> Of(CompileRequest request, IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps, ProfileRules profile) =>
        new[] { Reach(steps), UnknownCredentials(request, steps), CredentialScope(request, steps, profile), Denied(steps), RollbackRequired(steps, profile) }.OfType<Refusal>();

    /// <summary>What inputs made of paths, targets and arguments is checked like what a runbook writes itself.</summary>
    private static Refusal? Reach(IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps)
    {
        var errors = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var step in steps.Select(s => s.Planned))
        {
            var commands = step.Command.Argv.Concat(step.Rollback?.Command.Argv ?? []);
            var messages = step.Writable.Select(ReachRules.WritableProblem).Concat(step.Network.Select(ReachRules.NetworkProblem))
                .Concat(step.Targets.Select(t => t.Length is 0 or > 256 || t.Any(char.IsControl) ? "A target has 1 to 256 characters and no control characters." : null))
                .Concat(commands.Select(a => Encoding.UTF8.GetByteCount(a) > MaxArgumentBytes ? $"An argument has more than {MaxArgumentBytes} bytes." : null))
                .OfType<string>().Distinct(StringComparer.Ordinal).ToImmutableArray();
            if (!messages.IsEmpty)
                errors[$"steps.{step.Number}"] = messages;
        }

        if (errors.Count == 0)
            return null;
        var (field, first) = errors.First();
        return Refusal.Of("inputs_invalid", $"With these inputs step {field["steps.".Length..]} cannot run: {first[0]}") with { Errors = errors.ToImmutable() };
    }

    private static Refusal? UnknownCredentials(CompileRequest request, IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps)
    {
        var unknown = Credentials(steps).Where(id => request.Credentials?.ContainsKey(id) == false).ToList();
        return unknown.Count == 0 ? null : Refusal.Of("unknown_credential", $"There is no credential {string.Join(", ", unknown)}.").With("credentials", string.Join(",", unknown));
    }

    private static Refusal? CredentialScope(CompileRequest request, IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps, ProfileRules profile)
    {
        var foreign = Credentials(steps).Where(id => request.Credentials?.GetValueOrDefault(id) is { } known && known.Scope != profile.Environment).ToList();
        return foreign.Count == 0 ? null : Refusal.Of("credential_scope", $"{string.Join(", ", foreign)} may not be used in {profile.Environment.ToString().ToLowerInvariant()}.")
            .With("credentials", string.Join(",", foreign));
    }

    private static IEnumerable<string> Credentials(IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps) =>
        steps.SelectMany(s => s.Planned.Credentials).Select(c => c.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static Refusal? Denied(IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps)
    {
        var denied = steps.Select(s => s.Planned)
            .SelectMany(s => new[] { (Step: s, Of: "Step", s.Decision), (Step: s, Of: "The rollback of step", Decision: s.RollbackDecision!) })
            .Where(d => d.Decision is { Verdict: Verdict.Deny }).ToList();
        if (denied.Count == 0)
            return null;
        var (step, of, decision) = denied[0];
        return Refusal.Of("policy_denied", $"{of} {step.Number} ({step.Name}) is denied: {decision.Reason}") with
        {
            Rules = [.. denied.SelectMany(d => d.Decision.Rules).Distinct()],
        };
    }

    private static Refusal? RollbackRequired(IReadOnlyList<(PlannedStep Planned, RunbookStep Step)> steps, ProfileRules profile)
    {
        var lacking = steps.Where(s => FailureRules.LacksRollback(s.Step, s.Planned.Phase, s.Planned.Destructive, profile)).Select(s => s.Planned).ToList();
        if (lacking.Count == 0)
            return null;
        var numbers = string.Join(", ", lacking.Select(s => s.Number));
        return Refusal.Of("rollback_required", $"{profile.Name} needs a rollback for every step; missing for step {numbers}. Add one, or mark the step irreversible.")
            .With("step_numbers", numbers);
    }
}
