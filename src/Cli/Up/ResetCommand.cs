using System.CommandLine;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary><c>cavra reset</c></summary>
internal static class ResetCommand
{
    // What only a data directory of ours holds; nothing else is ever removed.
    private static readonly string[] Marks = ["keys", "postgres.location", "up.lock"];

    internal static Command Create(CliContext context)
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new Command("reset", "Delete the data directory: database, keys, logs. Refused while something runs there.") { yes };
        command.SetAction(async parsed =>
        {
            // Exactly what `up` here would use: never a folder further up.
            var data = DataDirectory.From(context.Variable("CAVRA_DATA"), context.CurrentDirectory);
            if (!Directory.Exists(data.Root))
            {
                await context.Out.WriteLineAsync($"cavra: there is nothing at {data.Root}");
                return ExitCodes.Ok;
            }
            if (!Array.Exists(Marks, m => Path.Exists(Path.Combine(data.Root, m))))
                throw new CliFailureException($"{data.Root} does not look like a data directory of Cavra Actors; nothing was deleted.");
            using var held = UpLock.TryTake(data) ?? throw new CliFailureException($"something runs on {data.Root}. Stop it first: ./cavra down");
            if (!parsed.GetValue(yes) && !await ConfirmedAsync(context, data.Root)) return ExitCodes.Failed;
            await Leftovers.StopAsync(context, data);
            Delete(data);
            await context.Out.WriteLineAsync($"cavra: deleted {data.Root}");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task<bool> ConfirmedAsync(CliContext context, string root)
    {
        if (!context.CanAsk) throw new CliFailureException("nobody can be asked here; give --yes to delete the data directory.", ExitCodes.Usage);
        await context.Out.WriteAsync($"Delete {root} with its database, keys and logs? Type yes: ");
        await context.Out.FlushAsync();
        var answer = await context.In.ReadLineAsync(context.Stop);
        if (answer?.Trim() == "yes") return true;
        await context.Out.WriteLineAsync("cavra: nothing was deleted");
        return false;
    }

    private static void Delete(DataDirectory data)
    {
        try
        {
            var noted = Path.Combine(data.Root, "postgres.location");
            var elsewhere = File.Exists(noted) ? File.ReadAllText(noted).Trim() : "";
            // The note is ours, but what it names is only deleted when it is a PostgreSQL data folder outside.
            if (Directory.Exists(Path.Combine(elsewhere, "pgdata")) && !elsewhere.StartsWith(data.Root, StringComparison.Ordinal)) Directory.Delete(elsewhere, recursive: true);
            Directory.Delete(data.Root, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException($"could not delete all of {data.Root}: {e.Message}");
        }
    }
}
