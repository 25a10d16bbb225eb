using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Queries;

/// <summary>Reads approval tasks from their table.</summary>
public interface IApprovalReader
{
    /// <summary>The inbox by time left; <paramref name="state"/> is open, decided or all. Eligibility is left to the caller.</summary>
    Task<Page<ApprovalItem>> List(TenantId tenant, string state, int limit, string? cursor, CancellationToken cancellation);

    /// <summary>A session's tasks in order of their ordinal.</summary>
    Task<IReadOnlyList<ApprovalItem>> OfSession(TenantId tenant, SessionId session, CancellationToken cancellation);
}
