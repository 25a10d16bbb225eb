using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary>What a supervisor that was killed left running. Ids in the file are only believed when the process is one of ours.</summary>
internal static class Leftovers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Stops it all and removes the files; the caller holds the lock, so nobody else supervises them.</summary>
    /// <returns>How many processes were stopped.</returns>
    internal static async Task<int> StopAsync(CliContext context, DataDirectory data)
    {
        var stopped = 0;
        if (PidsFile.Read(data.PidsFile) is { } pids)
        {
            foreach (var worker in pids.Workers) stopped += await EndAsync(context, "worker", worker, "Cavra.Actors.WorkerAgent", Signals.Terminate);
            stopped += await EndAsync(context, "API", pids.Api, "Cavra.Actors.ApiHost", Signals.Terminate);
            stopped += await EndAsync(context, "PostgreSQL", pids.Postgres, "postgres", Signals.Interrupt);
        }
        File.Delete(data.PidsFile);
        File.Delete(data.DevFile);
        return stopped;
    }

    private static async Task<int> EndAsync(CliContext context, string name, int pid, string inCommandLine, int signal)
    {
        if (!Signals.Runs(pid, inCommandLine)) return 0;
        await context.Out.WriteLineAsync($"cavra: stopping {name} (process {pid}), left over from an `up` that was killed");
        Signals.Send(pid, signal);
        if (!await Signals.EndedAsync(pid, inCommandLine, Patience, context))
        {
            Signals.Send(pid, Signals.Kill);
            await Signals.EndedAsync(pid, inCommandLine, Patience, context);
        }
        return 1;
    }
}
