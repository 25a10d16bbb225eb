using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Cavra.Actors.ApiHost.Tests.Support;
using Cavra.Actors.Installation;

namespace Cavra.Actors.ApiHost.Tests.Identity;

[Collection(ApiCollection.Name)]
public sealed class TokenTests(ApiFixture fixture)
{
    private const string Path = "/api/v1/executions";

    public static TheoryData<string> Forgeries => new(
        "no token", "not a token", "alg none", "alg none with signature", "HS256 with the public key", "HS256 with the JWKS", "unknown kid", "kid is a path", "no kid", "kid twice", "RS256 named over an EC key",
        "wrong signature", "empty signature", "changed claims", "wrong issuer", "wrong audience", "no audience", "expired", "expired just now", "not yet", "no exp", "exp as text", "sub twice", "roles twice", "tenant twice",
        "no tenant", "empty tenant", "no sub", "roles as text", "roles of numbers", "critical header", "five parts", "key in the header", "too long");

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task D05_ForgedToken_Is401(string forgery)
    {
        var answer = await fixture.Host.Client(null).Get(Path, Authorization(forgery));
        answer.ShouldBeProblem(401, "unauthorized");
        answer.Headers["WWW-Authenticate"].ShouldStartWith("Bearer");
    }

    [Fact]
    public async Task D05_GoodToken_PassesAgainAndAgain()
    {
        var client = fixture.Host.Client(fixture.Host.Token("s", "tokens", "viewer"));
        (await client.Get(Path)).Status.ShouldBe(200);
        (await client.Get(Path)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task D05_AudienceAmongSeveral_Passes() =>
        (await fixture.Host.Client(null).Get(Path, Bearer(Sign(Header(), Claims("\"aud\":[\"x\",\"cavra\"]"))))).Status.ShouldBe(200);

    [Fact]
    public async Task C11_TokenWithoutRoles_HasNoRights() =>
        (await fixture.Host.Client(fixture.Host.Token("nobody", "tokens")).Get(Path)).ShouldBeProblem(403, "forbidden");

    [Fact]
    public async Task C11_TokenWithGroupsOnly_HasNoRights() =>
        (await fixture.Host.Client(fixture.Host.Token("nobody", "tokens", "sre", "Operator")).Get(Path)).ShouldBeProblem(403, "forbidden");

    [Fact]
    public async Task D04_TokenInTheQuery_IsNotLookedAt() =>
        (await fixture.Host.Client(null).Get($"{Path}?access_token={fixture.Host.Token("s", "tokens", "viewer")}&token=x")).ShouldBeProblem(401, "unauthorized");

    [Fact]
    public async Task D05_TwoAuthorizationHeaders_Are401()
    {
        var good = "Bearer " + fixture.Host.Token("s", "tokens", "viewer");
        (await fixture.Host.Client(null).Get(Path, ("Authorization", good), ("Authorization", "Bearer x"))).ShouldBeProblem(401, "unauthorized");
    }

    private (string, string)[] Authorization(string forgery)
    {
        var host = fixture.Host;
        TokenRequest good = new() { Subject = "s", Tenant = "tokens", Roles = ["viewer"] };
        string Mint(TokenRequest request) => host.Issuer.Mint(request, TimeProvider.System);
        var parts = Mint(good).Split('.');
        return forgery switch
        {
            "no token" => [],
            "not a token" => Bearer("aaa.bbb.ccc"),
            "alg none" => Bearer(Encode("""{"alg":"none","typ":"JWT"}""") + "." + parts[1] + "."),
            "alg none with signature" => Bearer(Encode($$"""{"alg":"none","kid":"{{host.Issuer.KeyId}}"}""") + "." + parts[1] + "." + parts[2]),
            "HS256 with the public key" => Bearer(Hmac(PublicKeyPem())),
            "HS256 with the JWKS" => Bearer(Hmac(host.Issuer.Jwks())),
            "unknown kid" => Bearer(Mint(good with { KeyId = "another" })),
            "kid is a path" => Bearer(Mint(good with { KeyId = "../../../../etc/passwd" })),
            "no kid" => Bearer(Sign("""{"alg":"ES256"}""", Claims())),
            "kid twice" => Bearer(Sign($$"""{"alg":"ES256","kid":"x","kid":"{{host.Issuer.KeyId}}"}""", Claims())),
            "RS256 named over an EC key" => Bearer(Sign(Header("RS256"), Claims())),
            "wrong signature" => Bearer(parts[0] + "." + parts[1] + "." + Base64Url.EncodeToString(new byte[64])),
            "empty signature" => Bearer(parts[0] + "." + parts[1] + "."),
            "changed claims" => Bearer(parts[0] + "." + Encode(Claims("\"roles\":[\"admin\"]")) + "." + parts[2]),
            "wrong issuer" => Bearer(Mint(good with { Issuer = "https://elsewhere.example" })),
            "wrong audience" => Bearer(Mint(good with { Audience = "another" })),
            "no audience" => Bearer(Sign(Header(), Claims("\"aud\":null"))),
            "expired" => Bearer(Mint(good with { ExpiresIn = TimeSpan.FromHours(-1) })),
            "expired just now" => Bearer(Mint(good with { ExpiresIn = TimeSpan.Zero })),
            "not yet" => Bearer(Mint(good with { NotBefore = TimeSpan.FromMinutes(1) })),
            "no exp" => Bearer(Sign(Header(), Claims("\"exp\":null"))),
            "exp as text" => Bearer(Sign(Header(), Claims("\"exp\":\"99999999999\""))),
            "sub twice" => Bearer(Sign(Header(), Claims()[..^1] + ",\"sub\":\"root\"}")),
            "roles twice" => Bearer(Sign(Header(), Claims()[..^1] + ",\"roles\":[\"admin\"]}")),
            "tenant twice" => Bearer(Sign(Header(), Claims()[..^1] + ",\"tenant\":\"other\"}")),
            "no tenant" => Bearer(Sign(Header(), Claims("\"tenant\":null"))),
            "empty tenant" => Bearer(Mint(good with { Tenant = "" })),
            "no sub" => Bearer(Sign(Header(), Claims("\"sub\":null"))),
            "roles as text" => Bearer(Sign(Header(), Claims("\"roles\":\"admin\""))),
            "roles of numbers" => Bearer(Sign(Header(), Claims("\"roles\":[1]"))),
            "critical header" => Bearer(Sign($$"""{"alg":"ES256","kid":"{{host.Issuer.KeyId}}","crit":["exp"]}""", Claims())),
            "five parts" => Bearer(string.Join('.', parts) + ".e.f"),
            "key in the header" => Bearer(WithOwnKey()),
            "too long" => Bearer(Mint(good with { Subject = new string('s', 9000) })),
            _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
        };
    }

    private static (string, string)[] Bearer(string token) => [("Authorization", "Bearer " + token)];

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private string Header(string algorithm = "ES256") => $$"""{"alg":"{{algorithm}}","kid":"{{fixture.Host.Issuer.KeyId}}"}""";

    // The good claims, with one member replaced.
    private static string Claims(string? instead = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string[] members = ["\"iss\":\"cavra-development\"", "\"aud\":\"cavra\"", "\"sub\":\"s\"", "\"tenant\":\"tokens\"", "\"roles\":[\"viewer\"]", $"\"nbf\":{now}", $"\"exp\":{now + 600}"];
        if (instead is not null)
        {
            var name = instead[..instead.IndexOf(':', StringComparison.Ordinal)];
            members = [.. members.Where(m => !m.StartsWith(name + ":", StringComparison.Ordinal)), instead];
        }

        return "{" + string.Join(',', members) + "}";
    }

    private string Sign(string header, string claims)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(fixture.Host.Data.IssuerKey));
        var signed = Encode(header) + "." + Encode(claims);
        return signed + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    private string Hmac(string secret)
    {
        var signed = Encode(Header("HS256")) + "." + Encode(Claims());
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)));
    }

    private string PublicKeyPem()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(fixture.Host.Data.IssuerKey));
        return key.ExportSubjectPublicKeyInfoPem();
    }

    private static string WithOwnKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(false).Q;
        var header = $$"""{"alg":"ES256","kid":"mine","jwk":{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"},"jku":"http://127.0.0.1:1/jwks"}""";
        var signed = Encode(header) + "." + Encode(Claims());
        return signed + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }
}
