using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Cavra.Actors.Identity;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>
/// Verifies JWTs by the contract's rules and nothing more: ES256 or RS256, a known <c>kid</c>, exact <c>iss</c>, <c>aud</c>, <c>exp</c>, <c>nbf</c>, no
/// duplicated member (hazard D05). By hand rather than by a library: what is not needed (JWE, HMAC, embedded keys, remote key URLs) is not there to be
/// attacked.
/// </summary>
internal sealed class TokenReader(KeyRing keys, string issuer, string audience, TimeProvider time)
{
    private const int MaxToken = 8 * 1024;
    private const int MaxName = 200;
    private const int MaxRoles = 64;
    private static readonly TimeSpan NotBeforeLeeway = TimeSpan.FromSeconds(5);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>The actor and the token's end, or the reason for which it is refused (for logs, never for the caller).</summary>
    public async ValueTask<(Actor? Actor, DateTimeOffset Expires, string? Reason)> Read(string token, CancellationToken cancellation)
    {
        try
        {
            return await Verify(token, cancellation);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return (null, default, "malformed");
        }
    }

    private async ValueTask<(Actor? Actor, DateTimeOffset Expires, string? Reason)> Verify(string token, CancellationToken cancellation)
    {
        if (token.Length > MaxToken || token.AsSpan().Count('.') != 2) return Refused("malformed");
        var first = token.IndexOf('.', StringComparison.Ordinal);
        var second = token.IndexOf('.', first + 1);
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(0, first)), Strict);
        var keyId = Text(header.RootElement, "kid");
        if (keyId is null || header.RootElement.TryGetProperty("crit", out _)) return Refused("header");
        var key = await keys.Find(keyId, cancellation);
        if (key is null) return Refused("unknown kid");
        if (Text(header.RootElement, "alg") != key.Algorithm) return Refused("algorithm");
        var signed = Encoding.ASCII.GetBytes(token, 0, second);
        if (!key.Verifies(signed, Base64Url.DecodeFromChars(token.AsSpan(second + 1)))) return Refused("signature");
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(first + 1, second - first - 1)), Strict);
        return Judge(claims.RootElement);
    }

    private (Actor? Actor, DateTimeOffset Expires, string? Reason) Judge(JsonElement claims)
    {
        var now = time.GetUtcNow();
        if (Text(claims, "iss") != issuer) return Refused("iss");
        if (!IsForUs(claims)) return Refused("aud");
        if (Moment(claims, "exp") is not { } expires || expires <= now) return Refused("exp");
        if (claims.TryGetProperty("nbf", out _) && (Moment(claims, "nbf") is not { } notBefore || notBefore > now + NotBeforeLeeway)) return Refused("nbf");
        if (Name(claims, "sub") is not { } subject || Name(claims, "tenant") is not { } tenant) return Refused("sub or tenant");
        if (RolesOf(claims) is not { } roles) return Refused("roles");
        return (new Actor { Subject = subject, Tenant = new TenantId(tenant), Roles = roles }, expires, null);
    }

    private bool IsForUs(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out var aud)) return false;
        return aud.ValueKind switch
        {
            JsonValueKind.String => aud.GetString() == audience,
            JsonValueKind.Array => aud.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.String && a.GetString() == audience),
            _ => false,
        };
    }

    private static ImmutableArray<string>? RolesOf(JsonElement claims)
    {
        if (!claims.TryGetProperty("roles", out var value)) return [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxRoles) return null;
        var roles = ImmutableArray.CreateBuilder<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { Length: > 0 and <= MaxName } role || role.Any(char.IsControl)) return null;
            if (!roles.Contains(role)) roles.Add(role);
        }

        return roles.DrainToImmutable();
    }

    private static string? Name(JsonElement claims, string name) =>
        Text(claims, name) is { Length: > 0 and <= MaxName } text && !text.Any(char.IsControl) && text.Trim() == text ? text : null;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // NumericDate may have a fraction (RFC 7519).
    private static DateTimeOffset? Moment(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 253402300799d
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
            : null;

    private static (Actor? Actor, DateTimeOffset Expires, string? Reason) Refused(string reason) => (null, default, reason);
}
