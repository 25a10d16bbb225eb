using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cavra.Actors.Installation;

namespace Cavra.Actors.WorkerAgent.Hosting;

/// <summary>Reads the worker's certificate and the CA that it trusts.</summary>
internal static class WorkerCertificates
{
    /// <exception cref="AgentStartException">A file is missing, broken or someone else's; the message says which and what to do.</exception>
    internal static (X509Certificate2 Own, X509Certificate2Collection Authority) Load(WorkerSettings settings)
    {
        foreach (var path in new[] { settings.Certificate, settings.Key, settings.Authority })
            if (!File.Exists(path))
                throw new AgentStartException($"{path} does not exist. Enroll the worker: cavra worker enroll {settings.Agent.Name} --out DIR, then give --cert, --key and --ca.");
        try
        {
            var own = X509Certificate2.CreateFromPemFile(settings.Certificate, settings.Key);
            if (WorkerCertificate.Read(own)?.WorkerId != settings.Agent.Name)
                throw new AgentStartException($"the certificate {settings.Certificate} is for {own.Subject}, not for a worker named {settings.Agent.Name}");
            var authority = new X509Certificate2Collection();
            authority.ImportFromPemFile(settings.Authority);
            return (own, authority);
        }
        catch (Exception error) when (error is CryptographicException or UnauthorizedAccessException or IOException)
        {
            throw new AgentStartException($"certificate files cannot be read: {error.Message}", error);
        }
    }
}
