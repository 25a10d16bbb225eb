using System.Security.Cryptography.X509Certificates;
using Cavra.Actors.Installation;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>
/// The agents' listener: TLS with a client certificate that the worker CA signed, or no handshake. Marks its connections, so that its routes exist here
/// and nowhere else, and no other route exists here (hazard D02).
/// </summary>
internal static class AgentPort
{
    private static readonly object Mark = new();

    /// <summary>Whether the request came in at the agent port.</summary>
    public static bool Is(HttpContext context) => context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Mark) == true;

    /// <summary>Sets up the listener.</summary>
    public static void Configure(ListenOptions listen, X509Certificate2 server, X509Certificate2 authority)
    {
        // HTTP/1.1 only: a WebSocket and single requests, nothing to multiplex.
        listen.Protocols = HttpProtocols.Http1;
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = server,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            CheckCertificateRevocation = false,
            HandshakeTimeout = TimeSpan.FromSeconds(10),
            ClientCertificateValidation = (certificate, _, _) => IsOurs(certificate, authority),
        });
        listen.Use(next => connection =>
        {
            connection.Items[Mark] = true;
            return next(connection);
        });
    }

    /// <summary>Whether the worker CA signed the certificate for a client, it is in date, and it names one worker.</summary>
    public static bool IsOurs(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        chain.ChainPolicy.DisableCertificateDownloads = true;
        // Judged by the machine's clock: CAVRA_CLOCK_OFFSET shifts tokens, not TLS.
        return chain.Build(certificate) && WorkerCertificate.Read(certificate) is not null;
    }
}
