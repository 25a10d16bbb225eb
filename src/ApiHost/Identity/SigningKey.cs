using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>A public key that may sign tokens: EC P-256 for ES256, RSA of 2048 bits or more for RS256. No other algorithm exists here.</summary>
internal sealed class SigningKey
{
    private const int MinimumRsaBits = 2048;
    private readonly Lock _gate = new();
    private readonly ECDsa? _elliptic;
    private readonly RSA? _rsa;

    private SigningKey(string keyId, ECDsa? elliptic, RSA? rsa) => (KeyId, _elliptic, _rsa) = (keyId, elliptic, rsa);

    /// <summary>The key's id.</summary>
    public string KeyId { get; }

    /// <summary>The one algorithm that the key is for: a token that names another is refused, whatever its signature.</summary>
    public string Algorithm => _elliptic is not null ? "ES256" : "RS256";

    /// <summary>Reads a member of a JWKS; null for keys of other kinds and uses, and for keys without an id.</summary>
    public static SigningKey? From(JsonElement jwk)
    {
        var keyId = Text(jwk, "kid");
        if (string.IsNullOrEmpty(keyId) || Text(jwk, "use") is not (null or "sig")) return null;
        return (Text(jwk, "kty"), Text(jwk, "alg")) switch
        {
            ("EC", null or "ES256") when Text(jwk, "crv") == "P-256" => new SigningKey(keyId, Elliptic(jwk), null),
            ("RSA", null or "RS256") => Rsa(jwk) is { } rsa ? new SigningKey(keyId, null, rsa) : null,
            _ => null,
        };
    }

    /// <summary>Whether the signature is this key's.</summary>
    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        lock (_gate)
        {
            return _elliptic is not null
                ? signature.Length == 64 && _elliptic.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                : _rsa!.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
    }

    private static ECDsa Elliptic(JsonElement jwk) => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = Bytes(jwk, "x"), Y = Bytes(jwk, "y") },
    });

    private static RSA? Rsa(JsonElement jwk)
    {
        var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(jwk, "n"), Exponent = Bytes(jwk, "e") });
        if (rsa.KeySize >= MinimumRsaBits) return rsa;
        rsa.Dispose();
        return null;
    }

    private static byte[] Bytes(JsonElement jwk, string name) => Base64Url.DecodeFromChars(Text(jwk, name) ?? throw new FormatException($"a key of the JWKS has no {name}"));

    private static string? Text(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
