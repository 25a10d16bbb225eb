using Cavra.Actors.Identity;

namespace Cavra.Actors.Plans;

/// <summary>
/// Binds a decision to one use: tenant, session, steps, attempt, what runs and under which policy (hazard C01). The same request or token on another step, session or attempt
/// does not fit.
/// </summary>
public static class ApprovalBinding
{
    /// <summary>The digest that an approval task shows and that a vote may name: a gate's digest for one session and attempt.</summary>
    public static string Digest(TenantId tenant, SessionId session, IReadOnlyCollection<int> stepNumbers, int attempt, string gateDigest)
    {
        using var digest = new DigestWriter("cavra.approval.v1");
        digest.Text(tenant.Value).Number(session.Value).List(stepNumbers, n => digest.Number(n)).Number(attempt);
        return digest.Text(gateDigest).Finish();
    }

    /// <summary>The <c>approval_token</c> of a command: <c>appr-</c> and a digest that the worker computes again from what it is about to run.</summary>
    public static string Token(TenantId tenant, SessionId session, int stepNumber, int attempt, string stepDigest, string policyRevision)
    {
        using var digest = new DigestWriter("cavra.approval-token.v1");
        digest.Text(tenant.Value).Number(session.Value).Number(stepNumber).Number(attempt);
        return "appr-" + digest.Text(stepDigest).Text(policyRevision).Finish();
    }
}
