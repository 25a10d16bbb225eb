using System.Collections.Immutable;

namespace Cavra.Actors.Installation;

/// <summary>What a development token is to say.</summary>
public sealed record TokenRequest
{
    /// <summary>Claim <c>sub</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>Claim <c>tenant</c>.</summary>
    public required string Tenant { get; init; }

    /// <summary>Claim <c>roles</c>: roles and groups together (contract, Conventions).</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Claim <c>exp</c>, from now; negative for a token that has expired.</summary>
    public TimeSpan ExpiresIn { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Claim <c>nbf</c>, from now.</summary>
    public TimeSpan NotBefore { get; init; }

    /// <summary>Claim <c>aud</c>.</summary>
    public string Audience { get; init; } = DevelopmentIssuer.DefaultAudience;

    /// <summary>Claim <c>iss</c>.</summary>
    public string Issuer { get; init; } = DevelopmentIssuer.DefaultIssuer;

    /// <summary>Header <c>kid</c>; null for the signing key's own.</summary>
    public string? KeyId { get; init; }
}
