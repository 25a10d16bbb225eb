using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Policy;

namespace Cavra.Actors.Sessions;

/// <summary>A gate that has to be decided before the session goes on.</summary>
internal sealed record GateNeeded(int Gate, ImmutableArray<int> StepNumbers, ImmutableArray<int> Attempts, string Quorum, bool Automatic, ImmutableArray<RuleHit> Rules);

/// <summary>Which gates a session needs, and to what an approval is bound.</summary>
internal static class Gates
{
    /// <summary>The gate of a plan's approvals that no plan lists: a retry's.</summary>
    public const int OutsidePlan = -1;

    private static readonly ImmutableArray<RuleHit> RetryRule = [new("retry.approval", "a retry at medium blast radius or above, or of a critical or two-key step, needs a human (spec 7.2)")];
    private static readonly ImmutableArray<RuleHit> VerdictRule = [new("policy.require_approval", "policy asks for an approval")];

    /// <summary>The first undecided gate before a step (or, one past the last step, before the end); null when the way is free.</summary>
    public static GateNeeded? Next(Session session, int next)
    {
        if (next > session.Steps.Length) return AfterLast(session);
        var step = session.Plan.Steps[next - 1];
        var progress = session.Steps[next - 1];
        switch (progress.Gate)
        {
            case RetryGate.None:
                return null;
            case RetryGate.Human:
                return session.Approved(next, progress.Attempt) ? null : new(OutsidePlan, [next], [progress.Attempt], step.Quorum, false, RetryRule);
            default:
                return AsPlanned(session, step, progress);
        }
    }

    /// <summary>Approvals in favour that stand behind a step's attempt.</summary>
    public static ImmutableArray<ApprovalId> Behind(Session session, int step, int attempt)
    {
        ImmutableArray<ApprovalId> found = [];
        foreach (var approval in session.Approvals)
            if (approval.State == ApprovalState.Approved && approval.Covers(step, attempt)) found = found.Add(approval.Id);
        return found;
    }

    /// <summary>Spec 4.2 and 7.2: never approved by rules alone when run again.</summary>
    public static bool NeedsHuman(PlannedStep step) =>
        step.BlastRadius >= BlastRadius.Medium || step.Critical || step.Destructive || step.Decision.TwoKey;

    /// <summary>
    /// SHA-256 (hex) of exactly what an approval covers: tenant, session, policy and runbook, and of each step its number, attempt and the digest of
    /// all that it runs. Another session, step or attempt gives another digest (hazard C01).
    /// </summary>
    public static string Digest(Session session, ImmutableArray<int> steps, ImmutableArray<int> attempts)
    {
        var text = new StringBuilder(160 + (steps.Length * 80)).Append(
            CultureInfo.InvariantCulture,
            $"cavra.gate.v1\n{session.Tenant.Value}\n{session.Id.Value}\n{session.Plan.PolicyRevision}\n{session.Plan.RunbookId} {session.Plan.RunbookVersion} {session.Plan.RunbookDigest}\n");
        for (var i = 0; i < steps.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{steps[i]} {attempts[i]} {session.Plan.Steps[steps[i] - 1].Digest}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static GateNeeded? AsPlanned(Session session, PlannedStep step, StepProgress progress)
    {
        var covered = false;
        for (var at = 0; at < session.Plan.Gates.Length; at++)
        {
            var gate = session.Plan.Gates[at];
            if (gate.BeforeStep > step.Number || !gate.StepNumbers.Contains(step.Number)) continue;
            covered = true;
            if (!session.Approved(step.Number, progress.Attempt, at)) return Needed(session, gate, at, step.Number);
        }

        var bare = !covered && step.Decision.Verdict == Verdict.RequireApproval && session.Plan.ValidationMode != ValidationMode.FinalOnly;
        return bare && !session.Approved(step.Number, progress.Attempt, OutsidePlan)
            ? new(OutsidePlan, [step.Number], [progress.Attempt], step.Quorum, false, VerdictRule)
            : null;
    }

    private static GateNeeded? AfterLast(Session session)
    {
        for (var at = 0; at < session.Plan.Gates.Length; at++)
        {
            var gate = session.Plan.Gates[at];
            if (gate.BeforeStep <= session.Steps.Length) continue;
            var attempts = gate.StepNumbers.Select(n => session.Steps[n - 1].Attempt).ToImmutableArray();
            var first = gate.StepNumbers[0];
            if (!session.Approved(first, attempts[0], at)) return new(at, gate.StepNumbers, attempts, gate.Quorum, gate.Automatic, gate.Rules);
        }

        return null;
    }

    /// <summary>The gate over those of its steps that are still ahead and not yet covered for their present attempt.</summary>
    private static GateNeeded Needed(Session session, PlannedGate gate, int at, int from)
    {
        var steps = ImmutableArray.CreateBuilder<int>(gate.StepNumbers.Length);
        var attempts = ImmutableArray.CreateBuilder<int>(gate.StepNumbers.Length);
        foreach (var number in gate.StepNumbers)
        {
            var progress = session.Steps[number - 1];
            if (number < from || !progress.IsAhead || session.Approved(number, progress.Attempt, at)) continue;
            steps.Add(number);
            attempts.Add(progress.Attempt);
        }

        return new(at, steps.DrainToImmutable(), attempts.DrainToImmutable(), gate.Quorum, gate.Automatic, gate.Rules);
    }
}
