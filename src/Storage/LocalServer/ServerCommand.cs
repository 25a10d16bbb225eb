using System.Diagnostics;

namespace Cavra.Actors.Storage.LocalServer;

/// <summary>Runs one of the server's tools to its end with a clean environment and a bound on time.</summary>
internal static class ServerCommand
{
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    internal sealed record Result(int ExitCode, string Output)
    {
        internal bool Succeeded => ExitCode == 0;
    }

    internal static async Task<Result> RunAsync(
        IReadOnlyList<string> argv, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(argv[0])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in argv.Skip(1)) start.ArgumentList.Add(argument);
        // PGDATA, PGOPTIONS and their like must not steer a cluster that is not theirs.
        start.Environment.Clear();
        start.Environment["PATH"] = SearchPath;
        start.Environment["LC_ALL"] = "C.UTF-8";

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{argv[0]} did not start.");
        process.StandardInput.Close();
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(bounded.Token);
            var error = process.StandardError.ReadToEndAsync(bounded.Token);
            await process.WaitForExitAsync(bounded.Token);
            return new(process.ExitCode, (await output + await error).Trim());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            return new(-1, $"no end after {timeout.TotalSeconds:0} s");
        }
    }
}
