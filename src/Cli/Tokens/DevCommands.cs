using System.CommandLine;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Tokens;

/// <summary><c>cavra dev token</c>: any token, signed with the development key of this machine's data directory.</summary>
internal static class DevCommands
{
    internal static Command Create(CliContext context) => new("dev", "For development installations.") { Token(context) };

    private static Command Token(CliContext context)
    {
        var subject = new Option<string>("--sub") { Description = "Subject.", Required = true, HelpName = "NAME" };
        var tenant = new Option<string>("--tenant") { Description = "Tenant.", DefaultValueFactory = _ => "demo", HelpName = "TENANT" };
        var roles = Many("--role", "Roles: viewer, operator, approver, admin, auditor; repeat for more.");
        var groups = Many("--group", "Groups that quorums use, such as sre, dba; repeat for more.");
        var expires = Duration("--expires-in", "How long it is good; negative for one that has expired.", "1h");
        var notBefore = Duration("--not-before", "When it begins to be good, from now.", "0s");
        var audience = new Option<string?>("--aud") { Description = "Audience; the installation's when not given.", HelpName = "AUD" };
        var issuerName = new Option<string?>("--iss") { Description = "Issuer; the installation's when not given.", HelpName = "ISS" };
        var keyId = new Option<string?>("--kid") { Description = "Key id in the header; the signing key's when not given.", HelpName = "KID" };
        var command = new Command("token", "Print a token signed with the development key.") { subject, tenant, roles, groups, expires, notBefore, audience, issuerName, keyId };
        command.SetAction(parsed =>
        {
            using var issuer = FindIssuer(context);
            var request = new TokenRequest
            {
                Subject = parsed.GetRequiredValue(subject),
                Tenant = parsed.GetRequiredValue(tenant),
                Roles = [.. parsed.GetValue(roles) ?? [], .. parsed.GetValue(groups) ?? []],
                ExpiresIn = parsed.GetRequiredValue(expires),
                NotBefore = parsed.GetRequiredValue(notBefore),
                Audience = parsed.GetValue(audience) ?? context.Variable("CAVRA_AUDIENCE") ?? DevelopmentIssuer.DefaultAudience,
                Issuer = parsed.GetValue(issuerName) ?? context.Variable("CAVRA_ISSUER") ?? DevelopmentIssuer.DefaultIssuer,
                KeyId = parsed.GetValue(keyId),
            };
            context.Out.WriteLine(issuer.Mint(request, context.Time));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static DevelopmentIssuer FindIssuer(CliContext context)
    {
        var data = ApiTarget.FindData(context);
        var running = ApiTarget.FindDevFile(context);
        if (context.Variable("CAVRA_JWKS") is not null || (running is not null && running.Jwks != data.Jwks))
            throw new CliFailureException("a real issuer is configured (CAVRA_JWKS): tokens come from there, not from the development key.");
        return DevelopmentIssuer.Load(data)
            ?? throw new CliFailureException($"{data.Root} has no development key. `./cavra up` makes it; CAVRA_DATA says where else to look.");
    }

    private static Option<string[]> Many(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, HelpName = "NAME" };

    private static Option<TimeSpan> Duration(string name, string description, string whenAbsent) => new(name)
    {
        Description = description + $" Default {whenAbsent}.",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : whenAbsent;
            if (!DurationText.TryParse(text, out var duration)) result.AddError($"'{text}' is no duration; write 90s, 10m, 1h30m or 00:10:00.");
            return duration;
        },
        DefaultValueFactory = _ => DurationText.TryParse(whenAbsent, out var duration) ? duration : default,
    };
}
