using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Cavra.Actors.Installation.Tests.Keys;

public sealed class KeysTests : Scratch
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Issuer_LoadedAgain_KeepsItsKey()
    {
        using var first = DevelopmentIssuer.LoadOrCreate(Data);
        using var second = DevelopmentIssuer.LoadOrCreate(Data);

        second.KeyId.ShouldBe(first.KeyId);
        File.ReadAllText(Data.Jwks).ShouldBe(second.Jwks());
        File.GetUnixFileMode(Data.IssuerKey).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Issuer_NoKey_LoadsAsNull() => DevelopmentIssuer.Load(Data).ShouldBeNull();

    [Fact]
    public void Issuer_Mint_SignsTheClaimsWithThePublishedKey()
    {
        using var issuer = DevelopmentIssuer.LoadOrCreate(Data);

        var token = issuer.Mint(
            new TokenRequest { Subject = "ann\"", Tenant = "demo", Roles = ["operator", "sre"], ExpiresIn = TimeSpan.FromHours(1), NotBefore = TimeSpan.FromMinutes(-1) },
            new FixedTime(Now));

        var parts = token.Split('.');
        using var header = Part(parts[0]);
        using var claims = Part(parts[1]);
        header.RootElement.GetProperty("alg").GetString().ShouldBe("ES256");
        header.RootElement.GetProperty("kid").GetString().ShouldBe(issuer.KeyId);
        claims.RootElement.GetProperty("sub").GetString().ShouldBe("ann\"");
        claims.RootElement.GetProperty("tenant").GetString().ShouldBe("demo");
        claims.RootElement.GetProperty("roles").EnumerateArray().Select(r => r.GetString()).ShouldBe(["operator", "sre"]);
        claims.RootElement.GetProperty("exp").GetInt64().ShouldBe(Now.AddHours(1).ToUnixTimeSeconds());
        claims.RootElement.GetProperty("nbf").GetInt64().ShouldBe(Now.AddMinutes(-1).ToUnixTimeSeconds());
        using var key = PublicKey(File.ReadAllText(Data.Jwks));
        key.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256).ShouldBeTrue();
    }

    [Fact]
    public void Authority_EnrolledWorker_ChainsToTheAuthorityAndNamesWorkerAndTenant()
    {
        using var authority = WorkerAuthority.LoadOrCreate(Data, new FixedTime(Now));
        var folder = Data.Worker("local-1");

        authority.Enroll(folder, "local-1", WorkerAuthority.EveryTenant, Now);

        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "worker.crt"), Path.Combine(folder, "worker.key"));
        certificate.HasPrivateKey.ShouldBeTrue();
        WorkerCertificate.Read(certificate).ShouldBe(new WorkerCertificate("local-1", "*"));
        Chains(certificate, Path.Combine(folder, "ca.crt"), "1.3.6.1.5.5.7.3.2").ShouldBeTrue();
        Chains(certificate, Path.Combine(folder, "ca.crt"), "1.3.6.1.5.5.7.3.1").ShouldBeFalse();
    }

    [Fact]
    public void Authority_LoadedAgain_SignsForTheSameCertificate()
    {
        using var first = WorkerAuthority.LoadOrCreate(Data, new FixedTime(Now));
        using var second = WorkerAuthority.Load(Data)!;

        second.CertificatePem.ShouldBe(first.CertificatePem);
        var server = second.IssueServer(["cavra.internal", "10.0.0.7"], Now);
        using var certificate = X509Certificate2.CreateFromPem(server.CertificatePem, server.KeyPem);
        certificate.MatchesHostname("127.0.0.1").ShouldBeTrue();
        certificate.MatchesHostname("cavra.internal").ShouldBeTrue();
        certificate.MatchesHostname("10.0.0.7").ShouldBeTrue();
        Chains(certificate, Data.WorkerAuthorityCertificate, "1.3.6.1.5.5.7.3.1").ShouldBeTrue();
    }

    [Fact]
    public void WorkerCertificate_NoTenant_IsRefused()
    {
        using var authority = WorkerAuthority.LoadOrCreate(Data, new FixedTime(Now));
        var server = authority.IssueServer([], Now);
        using var certificate = X509Certificate2.CreateFromPem(server.CertificatePem);

        WorkerCertificate.Read(certificate).ShouldBeNull();
    }

    private static JsonDocument Part(string text) => JsonDocument.Parse(Base64Url.DecodeFromChars(text));

    private static ECDsa PublicKey(string jwks)
    {
        using var json = JsonDocument.Parse(jwks);
        var key = json.RootElement.GetProperty("keys")[0];
        var point = new ECPoint { X = Base64Url.DecodeFromChars(key.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(key.GetProperty("y").GetString()) };
        return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
    }

    private static bool Chains(X509Certificate2 certificate, string authorityPath, string usage)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authorityPath));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        return chain.Build(certificate);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
