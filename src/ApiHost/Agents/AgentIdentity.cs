using System.Collections.Immutable;
using System.Security.Cryptography;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Identity;
using Cavra.Actors.Installation;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>Who a connection of the agent port is: its certificate's word, which the handshake has checked.</summary>
/// <param name="Worker">Subject CN.</param>
/// <param name="Tenants">The tenant that it serves; empty for every tenant (development's local workers).</param>
/// <param name="CertificateKey">SHA-256 (hex) of the certificate's public key: a worker's name belongs to one key (hazard B07).</param>
internal sealed record AgentIdentity(WorkerId Worker, ImmutableArray<TenantId> Tenants, string CertificateKey)
{
    /// <summary>The worker as actor in audits.</summary>
    public Actor Actor => Actor.Worker(Worker, Tenants.IsEmpty ? new TenantId(WorkerAuthority.EveryTenant) : Tenants[0]);

    /// <summary>The connection's identity.</summary>
    public static AgentIdentity Of(HttpContext context)
    {
        if (context.Features.Get<AgentIdentity>() is { } known) return known;
        var certificate = context.Connection.ClientCertificate ?? throw new InvalidOperationException("the agent port's handshake let a client without a certificate pass");
        var subject = WorkerCertificate.Read(certificate) ?? throw new InvalidOperationException("the agent port's handshake let a certificate without a name pass");
        var made = new AgentIdentity(
            new WorkerId(subject.WorkerId),
            subject.Tenant == WorkerAuthority.EveryTenant ? [] : [new TenantId(subject.Tenant)],
            Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())));
        context.Features.Set(made);
        return made;
    }

    /// <summary>Whether a name in path or body is this worker's own (hazard D03); else answers 403.</summary>
    public async ValueTask<bool> IsOwn(HttpContext context, string? named)
    {
        if (named is null || named == Worker.Value) return true;
        await ProblemAnswer.Write(context, "worker_mismatch", $"The certificate is that of worker '{Worker}'.");
        return false;
    }
}
