using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cavra.Actors.Installation;

/// <summary>
/// The local token issuer of a development installation: one EC P-256 key in the data directory, made at first use, that signs JWTs
/// with ES256. Used by the API host (for <c>dev.json</c>) and by <c>cavra dev token</c>; an installation with a real issuer has none.
/// </summary>
public sealed class DevelopmentIssuer : IDisposable
{
    /// <summary>Claim <c>iss</c> unless <c>CAVRA_ISSUER</c> says otherwise.</summary>
    public const string DefaultIssuer = "cavra-development";

    /// <summary>Claim <c>aud</c> unless <c>CAVRA_AUDIENCE</c> says otherwise.</summary>
    public const string DefaultAudience = "cavra";

    private readonly ECDsa _key;

    private DevelopmentIssuer(ECDsa key)
    {
        _key = key;
        KeyId = Thumbprint();
    }

    /// <summary>The key's id: its RFC 7638 thumbprint.</summary>
    public string KeyId { get; }

    /// <summary>Reads the data directory's key; makes it, and the JWKS file, when it is absent.</summary>
    /// <exception cref="CryptographicException">The key file holds no private key.</exception>
    public static DevelopmentIssuer LoadOrCreate(DataDirectory data)
    {
        data.Create();
        var issuer = From(PrivateFile.ReadOrCreate(data.IssuerKey, NewKey));
        if (!File.Exists(data.Jwks)) PrivateFile.Write(data.Jwks, issuer.Jwks());
        return issuer;
    }

    /// <summary>Reads the data directory's key; null when there is none.</summary>
    public static DevelopmentIssuer? Load(DataDirectory data) =>
        File.Exists(data.IssuerKey) ? From(File.ReadAllText(data.IssuerKey)) : null;

    /// <summary>The public key as a JWKS document.</summary>
    public string Jwks()
    {
        var (x, y) = Point();
        return $$"""{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"{{KeyId}}","x":"{{x}}","y":"{{y}}"}]}""" + "\n";
    }

    /// <summary>Signs a token.</summary>
    public string Mint(TokenRequest request, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var header = Encode(json =>
        {
            json.WriteString("alg", "ES256");
            json.WriteString("typ", "JWT");
            json.WriteString("kid", request.KeyId ?? KeyId);
        });
        var payload = Encode(json =>
        {
            json.WriteString("iss", request.Issuer);
            json.WriteString("aud", request.Audience);
            json.WriteString("sub", request.Subject);
            json.WriteString("tenant", request.Tenant);
            json.WriteStartArray("roles");
            foreach (var role in request.Roles) json.WriteStringValue(role);
            json.WriteEndArray();
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("nbf", (now + request.NotBefore).ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + request.ExpiresIn).ToUnixTimeSeconds());
        });
        var signed = header + "." + payload;
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static DevelopmentIssuer From(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return new DevelopmentIssuer(key);
    }

    private static string Encode(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Base64Url.EncodeToString(buffer.ToArray());
    }

    private (string X, string Y) Point()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
    }

    private string Thumbprint()
    {
        var (x, y) = Point();
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""")));
    }
}
