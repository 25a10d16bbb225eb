using System.Buffers.Text;
using System.Text.Json;
using Cavra.Actors.Cli.Tests.StandIn;
using Cavra.Actors.Cli.Tokens;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Tests.Tokens;

public sealed class DevTokenTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("00:10:00", 600)]
    [InlineData("-1h", -3600)]
    [InlineData("0s", 0)]
    public void Duration_InTheContractsForms_IsRead(string text, int seconds)
    {
        DurationText.TryParse(text, out var duration).ShouldBeTrue();
        duration.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("h")]
    [InlineData("--1h")]
    [InlineData("1m1h")]
    [InlineData("99999999h")]
    public void Duration_OtherwiseWritten_IsRefused(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public async Task Token_AllOptions_AreInTheClaims()
    {
        using var cli = new CliRun();
        using var issuer = DevelopmentIssuer.LoadOrCreate(DataDirectory.From(null, cli.Folder));

        var code = await cli.RunAsync(
            "dev", "token", "--sub", "eve", "--tenant", "other", "--role", "operator", "approver", "--group", "sre", "--expires-in", "-1h", "--not-before", "-2h", "--aud", "a", "--iss", "i", "--kid", "k");

        code.ShouldBe(0, cli.Error);
        var parts = cli.Out.Trim().Split('.');
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        header.RootElement.GetProperty("kid").GetString().ShouldBe("k");
        claims.RootElement.GetProperty("tenant").GetString().ShouldBe("other");
        claims.RootElement.GetProperty("aud").GetString().ShouldBe("a");
        claims.RootElement.GetProperty("iss").GetString().ShouldBe("i");
        claims.RootElement.GetProperty("roles").EnumerateArray().Select(r => r.GetString()).ShouldBe(["operator", "approver", "sre"]);
        (claims.RootElement.GetProperty("exp").GetInt64() - claims.RootElement.GetProperty("iat").GetInt64()).ShouldBe(-3600);
        (claims.RootElement.GetProperty("nbf").GetInt64() - claims.RootElement.GetProperty("iat").GetInt64()).ShouldBe(-7200);
    }

    [Fact]
    public async Task Token_RealIssuerConfigured_IsRefused()
    {
        using var cli = new CliRun().With("CAVRA_JWKS", "https://issuer.example/jwks.json");
        using var issuer = DevelopmentIssuer.LoadOrCreate(DataDirectory.From(null, cli.Folder));

        (await cli.RunAsync("dev", "token", "--sub", "eve")).ShouldBe(1);

        cli.Error.ShouldContain("a real issuer is configured");
        cli.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task Token_NoKeyYet_SaysHowItIsMade()
    {
        using var cli = new CliRun().With("CAVRA_DATA", "nowhere");

        (await cli.RunAsync("dev", "token", "--sub", "eve")).ShouldBe(1);

        cli.Error.ShouldContain("has no development key");
    }

    [Fact]
    public async Task Token_BadDuration_IsAUsageError()
    {
        using var cli = new CliRun();

        (await cli.RunAsync("dev", "token", "--sub", "eve", "--expires-in", "soon")).ShouldBe(2);

        cli.Error.ShouldContain("'soon' is no duration");
    }
}
