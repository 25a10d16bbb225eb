using System.Collections.Immutable;
using Cavra.Actors.Commands;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Policy;

/// <summary>What is asked of policy: one command in one profile.</summary>
public sealed record PolicyQuestion
{
    /// <summary>The profile.</summary>
    public required EnvironmentProfile Profile { get; init; }

    /// <summary>What would run, inputs in place.</summary>
    public required StepCommand Command { get; init; }

    /// <summary>The step's blast radius.</summary>
    public BlastRadius BlastRadius { get; init; }

    /// <summary>The author says that it destroys something.</summary>
    public bool Destructive { get; init; }

    /// <summary>It cannot be undone although the profile wants every step to be undoable.</summary>
    public bool WithoutWayBack { get; init; }

    /// <summary>Egress it asks for, <c>host:port</c>.</summary>
    public ImmutableArray<string> Network { get; init; } = [];

    /// <summary>The question that a planned step asks; the worker asks it again before it executes.</summary>
    public static PolicyQuestion Of(PlannedStep step, EnvironmentProfile profile) => new()
    {
        Profile = profile,
        Command = step.Command,
        BlastRadius = step.BlastRadius,
        Destructive = step.Destructive,
        WithoutWayBack = step.Irreversible && EnvironmentProfiles.Of(profile).RollbackMandatory,
        Network = step.Network,
    };

    /// <summary>The question that a step's rollback asks, or null without one.</summary>
    public static PolicyQuestion? OfRollback(PlannedStep step, EnvironmentProfile profile) => step.Rollback is null ? null : new()
    {
        Profile = profile,
        Command = step.Rollback.Command,
        Network = step.Network,
    };
}

/// <summary>
/// The built-in evaluator (spec 4.2, 5.1, 5.2): the same answer for preview, enforcement and the worker. A pure function of question and data;
/// whatever it cannot read it does not simply allow.
/// </summary>
public static class PolicyEvaluator
{
    /// <summary>Rule: two keys for high blast radius.</summary>
    public const string HighBlastRule = "two-key.high-blast";

    /// <summary>Rule: two keys because the runbook says that the step destroys something.</summary>
    public const string DeclaredDestructiveRule = "two-key.declared-destructive";

    /// <summary>Rule: two keys because there is no way back where one is mandatory.</summary>
    public const string NoWayBackRule = "two-key.irreversible";

    /// <summary>Rule: the program is not on the allow-list.</summary>
    public const string AllowListRule = "scope.allow-list";

    /// <summary>Rule: everything it starts is within scope.</summary>
    public const string InScopeRule = "scope.allowed";

    /// <summary>Judges one command.</summary>
    public static PolicyDecision Evaluate(PolicyQuestion question, PolicyData data)
    {
        var hits = new List<(RuleEffect Effect, RuleHit Rule)>();
        var facts = CommandAnalyzer.Analyze(question.Command);
        foreach (var rule in data.Rules)
        {
            if (RuleMatching.Match(rule, question.Profile, facts) is { } found)
                hits.Add((rule.Effect, new RuleHit(rule.Id, Because(rule, found))));
        }

        CheckScope(question.Profile, facts, data, hits);
        foreach (var target in question.Network.Where(t => data.DeniedHosts.Contains(t[..Math.Max(0, t.LastIndexOf(':'))].Trim('[', ']'))))
            hits.Add((RuleEffect.Deny, new RuleHit("network.denied-host", $"No step may reach {target}.")));
        if (question.BlastRadius == BlastRadius.High)
            hits.Add((RuleEffect.TwoKeys, new RuleHit(HighBlastRule, "A step of high blast radius needs two keys.")));
        if (question.Destructive)
            hits.Add((RuleEffect.TwoKeys, new RuleHit(DeclaredDestructiveRule, "The runbook says that the step destroys something; that needs two keys.")));
        if (question.WithoutWayBack)
            hits.Add((RuleEffect.TwoKeys, new RuleHit(NoWayBackRule, "The step cannot be undone; where a rollback is mandatory that needs two keys.")));
        return Decide(question.Profile, data, hits);
    }

    private static string Because(CommandRule rule, string found) =>
        !rule.Opaque.IsEmpty ? $"{rule.Reason.TrimEnd('.')}: {found}." : rule.Reason;

    private static void CheckScope(EnvironmentProfile profile, CommandFacts facts, PolicyData data, List<(RuleEffect Effect, RuleHit Rule)> hits)
    {
        var rules = EnvironmentProfiles.Of(profile);
        if (!rules.AllowListOnly)
            return;
        foreach (var command in facts.Commands.Where(c => c.Program != "(write)"))
        {
            var inScript = command.Origin == CommandOrigin.Script && (facts.Functions.Contains(command.Path) || data.ShellBuiltins.Contains(command.Path));
            if (inScript || data.Allow.Any(e => RuleMatching.Allows(data, e, profile, command)))
                continue;
            var hit = (RuleEffect.Deny, new RuleHit(AllowListRule, $"{Shown(command)} is not on the allow-list of {rules.Name}."));
            if (!hits.Contains(hit))
                hits.Add(hit);
        }
    }

    private static string Shown(FoundCommand command)
    {
        var words = command.Arguments.Where(a => !a.Dynamic).Take(2).Select(a => a.Text);
        var text = new string([.. string.Join(' ', words.Prepend(command.Path)).Select(c => char.IsControl(c) ? '?' : c)]);
        return text.Length > 60 ? text[..60] + "..." : text;
    }

    private static string InScope(ProfileRules rules) =>
        rules.AllowListOnly ? $"Everything it starts is on the allow-list of {rules.Name}." : $"No rule of {rules.Name} stands against it.";

    private static PolicyDecision Decide(EnvironmentProfile profile, PolicyData data, List<(RuleEffect Effect, RuleHit Rule)> hits)
    {
        var ordered = hits.OrderBy(h => h.Effect).ToList();
        var verdict = ordered.Count == 0 ? Verdict.Allow : ordered[0].Effect == RuleEffect.Deny ? Verdict.Deny : Verdict.RequireApproval;
        var rules = verdict == Verdict.Allow
            ? [new RuleHit(InScopeRule, InScope(EnvironmentProfiles.Of(profile)))]
            : ordered.Select(h => h.Rule).ToImmutableArray();
        return new PolicyDecision
        {
            Verdict = verdict,
            Rules = rules,
            Reason = rules[0].Reason,
            Revision = data.Revision,
            TwoKey = verdict != Verdict.Deny && ordered.Any(h => h.Effect == RuleEffect.TwoKeys),
        };
    }
}
