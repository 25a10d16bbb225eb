using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cavra.Actors.Installation;

/// <summary>
/// The worker CA of a development installation. It signs the workers' client certificates (subject CN = worker id, O = the tenant that
/// the worker serves) and the agent port's server certificate. An installation with a CA of its own has none.
/// </summary>
public sealed class WorkerAuthority : IDisposable
{
    /// <summary>O of a worker that serves every tenant: the local workers of <c>up</c>, in development only.</summary>
    public const string EveryTenant = "*";

    private static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    // Machines' clocks differ a little: a certificate made now is good for a machine that is behind.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(10);

    private readonly X509Certificate2 _authority;

    private WorkerAuthority(X509Certificate2 authority) => _authority = authority;

    /// <summary>The CA's certificate as PEM.</summary>
    public string CertificatePem => _authority.ExportCertificatePem() + "\n";

    /// <summary>Reads the data directory's CA; makes it when it is absent.</summary>
    public static WorkerAuthority LoadOrCreate(DataDirectory data, TimeProvider time)
    {
        data.Create();
        // Key first: a certificate without its key could never be used, a key alone gets its certificate now.
        var key = PrivateFile.ReadOrCreate(data.WorkerAuthorityKey, NewKey);
        var certificate = PrivateFile.ReadOrCreate(data.WorkerAuthorityCertificate, () => NewAuthority(key, time.GetUtcNow()));
        return new WorkerAuthority(X509Certificate2.CreateFromPem(certificate, key));
    }

    /// <summary>Reads the data directory's CA; null when there is none.</summary>
    public static WorkerAuthority? Load(DataDirectory data) =>
        File.Exists(data.WorkerAuthorityKey) && File.Exists(data.WorkerAuthorityCertificate)
            ? new WorkerAuthority(X509Certificate2.CreateFromPemFile(data.WorkerAuthorityCertificate, data.WorkerAuthorityKey))
            : null;

    /// <summary>Signs a worker's client certificate.</summary>
    /// <param name="workerId">Subject CN.</param>
    /// <param name="tenant">The tenant that it serves, or <see cref="EveryTenant"/>.</param>
    /// <param name="now">When it is signed; it is good for a year.</param>
    public IssuedCertificate IssueWorker(string workerId, string tenant, DateTimeOffset now) =>
        Issue(Name(workerId, tenant), "1.3.6.1.5.5.7.3.2", null, now);

    /// <summary>Signs a server certificate for the agent port: <c>localhost</c>, the loopback addresses and the names given.</summary>
    public IssuedCertificate IssueServer(IEnumerable<string> hosts, DateTimeOffset now)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        foreach (var host in hosts.Where(h => h != "localhost").Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }
        return Issue(Name("cavra-agent-port", null), "1.3.6.1.5.5.7.3.1", names.Build(), now);
    }

    /// <summary>Writes <c>worker.key</c>, <c>worker.crt</c> and <c>ca.crt</c> for a new worker.</summary>
    public void Enroll(string folder, string workerId, string tenant, DateTimeOffset now)
    {
        var issued = IssueWorker(workerId, tenant, now);
        PrivateFile.Write(Path.Combine(folder, "worker.key"), issued.KeyPem);
        PrivateFile.Write(Path.Combine(folder, "worker.crt"), issued.CertificatePem);
        PrivateFile.Write(Path.Combine(folder, "ca.crt"), CertificatePem);
    }

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static string NewAuthority(string keyPem, DateTimeOffset now)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        var request = new CertificateRequest(Name("Cavra development worker CA", null), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(now - Skew, now + AuthorityLifetime);
        return certificate.ExportCertificatePem() + "\n";
    }

    private static X500DistinguishedName Name(string commonName, string? organization)
    {
        var name = new X500DistinguishedNameBuilder();
        if (organization is not null) name.AddOrganizationName(organization);
        name.AddCommonName(commonName);
        return name.Build();
    }

    private IssuedCertificate Issue(X500DistinguishedName subject, string usage, X509Extension? names, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));
        if (names is not null) request.CertificateExtensions.Add(names);
        var (first, last) = (new DateTimeOffset(_authority.NotBefore), new DateTimeOffset(_authority.NotAfter));
        var start = now - Skew > first ? now - Skew : first;
        var end = now + Lifetime < last ? now + Lifetime : last;
        using var certificate = request.Create(_authority, start, end, RandomNumberGenerator.GetBytes(16));
        return new IssuedCertificate(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}

/// <summary>A certificate and its private key, both PEM.</summary>
public sealed record IssuedCertificate(string CertificatePem, string KeyPem)
{
    /// <summary>Leaves the key out.</summary>
    public override string ToString() => nameof(IssuedCertificate);
}
