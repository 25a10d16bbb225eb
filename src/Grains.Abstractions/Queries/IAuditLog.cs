using Cavra.Actors.Identity;

namespace Cavra.Actors.Queries;

/// <summary>Who did what (contract: <c>GET /api/v1/audit</c>). A write that fails must fail the action.</summary>
public interface IAuditLog
{
    /// <summary>Writes one entry, durable when the task ends. For actions that have no commit of their own.</summary>
    Task Write(AuditEntry entry, CancellationToken cancellation);

    /// <summary>Entries of a tenant, newest first.</summary>
    Task<Page<AuditEntry>> List(TenantId tenant, int limit, string? cursor, CancellationToken cancellation);
}

/// <summary>One entry; outcome is <c>ok</c> or a refusal's code.</summary>
[GenerateSerializer, Alias("cavra.audit-entry"), Immutable]
public sealed record AuditEntry(
    DateTimeOffset At, string Actor, TenantId Tenant, string Action, string Object, string Outcome, string? Ip, string? TraceId, string? Detail = null);
