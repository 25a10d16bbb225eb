using System.CommandLine;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary><c>cavra up</c></summary>
internal static class UpCommand
{
    internal static Command Create(CliContext context)
    {
        var config = new Option<string?>("--config") { Description = "JSON file of settings; environment variables win.", HelpName = "FILE" };
        var command = new Command("up", "Start PostgreSQL, the API and local workers here, in the foreground; Ctrl-C stops them.") { config };
        command.SetAction(async parsed =>
        {
            var settings = UpSettings.Read(context, parsed.GetValue(config));
            var programs = Programs.Find(context);
            using var held = UpLock.TryTake(settings.Data) ?? throw new CliFailureException(
                $"another `up` runs on {settings.Data.Root}{Process(settings.Data)}. Stop it with ./cavra down, or use another data directory: CAVRA_DATA=DIR ./cavra up");
            await Leftovers.StopAsync(context, settings.Data);
            Ports.MustBeFree("CAVRA_API_PORT", settings.ApiPort);
            Ports.MustBeFree("CAVRA_AGENT_PORT", settings.AgentPort);
            using var supervisor = new Supervisor(context, new LocalInstallation(context, settings, programs));
            return await supervisor.RunAsync();
        });
        return command;
    }

    private static string Process(DataDirectory data) => PidsFile.Read(data.PidsFile) is { Up: > 0 } pids ? $" (process {pids.Up})" : "";
}
