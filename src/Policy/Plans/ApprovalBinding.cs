using Cavra.Actors.Identity;

namespace Cavra.Actors.Plans;

/// <summary>
/// Binds a decision to one use: tenant, session, step, attempt, what runs and under which policy (hazard C01). The same token on another step, session or attempt does
/// not fit.
/// </summary>
public static class ApprovalBinding
{
    /// <summary>The <c>approval_token</c> of a command: <c>appr-</c> and a digest that the worker computes again from what it is about to run.</summary>
    public static string Token(TenantId tenant, SessionId session, int stepNumber, int attempt, string stepDigest, string policyRevision)
    {
        using var digest = new DigestWriter("cavra.approval-token.v1");
        digest.Text(tenant.Value).Number(session.Value).Number(stepNumber).Number(attempt);
        return "appr-" + digest.Text(stepDigest).Text(policyRevision).Finish();
    }
}
