using System.Security.Cryptography.X509Certificates;

namespace Cavra.Actors.Installation;

/// <summary>Who a worker's certificate says that it is. The caller has checked the chain.</summary>
/// <param name="WorkerId">Subject CN.</param>
/// <param name="Tenant">Subject O: the tenant that the worker serves, or <see cref="WorkerAuthority.EveryTenant"/>.</param>
public sealed record WorkerCertificate(string WorkerId, string Tenant)
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    /// <summary>Reads the subject; null when it has not exactly one CN and one O (two of one kind would leave open which one counts).</summary>
    public static WorkerCertificate? Read(X509Certificate2 certificate)
    {
        string? worker = null, tenant = null;
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) return null;
            var kind = part.GetSingleElementType().Value;
            if (kind is not (CommonName or Organization)) continue;
            if ((kind == CommonName ? worker : tenant) is not null) return null;
            if (kind == CommonName) worker = part.GetSingleElementValue();
            else tenant = part.GetSingleElementValue();
        }
        return string.IsNullOrEmpty(worker) || string.IsNullOrEmpty(tenant) ? null : new WorkerCertificate(worker, tenant);
    }
}
