using System.Buffers.Text;
using System.CommandLine;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Workers;

/// <summary>
/// <c>cavra worker enroll</c>: a key and certificate for a worker, signed with the development CA of this machine's data directory. Who can
/// read the CA's key may enroll; an installation with a CA of its own enrolls there.
/// </summary>
internal static class WorkerEnroll
{
    private const int MaxNameLength = 64;

    internal static Command Create(CliContext context)
    {
        var name = new Argument<string>("NAME") { Description = "The worker's id: letters, digits, dots, dashes and underscores." };
        var folder = new Option<string>("--out") { Description = "Folder for worker.key, worker.crt and ca.crt.", Required = true, HelpName = "DIR" };
        var tenant = new Option<string?>("--tenant") { Description = "The tenant that it serves; that of CAVRA_TOKEN when not given, else demo.", HelpName = "TENANT" };
        var force = new Option<bool>("--force") { Description = "Replace the files that are there." };
        var command = new Command("enroll", "Make a key and certificate with which a worker joins (development CA).") { name, folder, tenant, force };
        command.SetAction(parsed =>
        {
            var worker = parsed.GetRequiredValue(name);
            if (!IsName(worker)) throw new CliFailureException($"'{worker}' is no worker id: 1 to {MaxNameLength} letters, digits, dots, dashes and underscores, a letter or digit first.", ExitCodes.Usage);
            var target = Path.GetFullPath(parsed.GetRequiredValue(folder), context.CurrentDirectory);
            if (File.Exists(Path.Combine(target, "worker.key")) && !parsed.GetValue(force))
                throw new CliFailureException($"{target} holds a worker's key already. Another folder, or --force.", ExitCodes.Usage);
            var data = ApiTarget.FindData(context);
            using var authority = WorkerAuthority.Load(data)
                ?? throw new CliFailureException($"{data.Root} has no development CA. `./cavra up` makes it; an installation with a CA of its own enrolls there.");
            var serves = parsed.GetValue(tenant) ?? TenantOf(context.Variable("CAVRA_TOKEN")) ?? "demo";
            authority.Enroll(target, worker, serves, context.Time.GetUtcNow());
            context.Out.WriteLine(SafeText.Line($"{worker} may join for tenant {serves}: {target}/worker.key, worker.crt, ca.crt"));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    // Only the default of an option: the CA's key decides what may be signed, not this claim.
    private static string? TenantOf(string? token)
    {
        if (token?.Split('.') is not [_, var claims, _]) return null;
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(claims));
            return document.RootElement.Text("tenant") is { Length: > 0 } tenant ? tenant : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
