using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;


namespace Cavra.Actors.Storage.LocalServer;

/// <summary>Makes, starts, takes over and stops one cluster's server.</summary>
internal sealed class PostmasterControl(
    ServerBinaries binaries, ServerIdentity identity, ClusterLayout layout, PrivateClusterOptions options, ILogger logger, TimeProvider time)
{
    private const int LogLinesShown = 12;
    private const long LogFileLimitBytes = 16 << 20;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan OrphanGrace = TimeSpan.FromSeconds(10);

    internal ClusterLayout Layout => layout;

    internal int ProcessId { get; private set; }

    internal bool IsRunning => ProcessId != 0 && PostmasterFile.WorksIn(ProcessId, layout.DataDirectory);

    /// <summary>True when a running server was taken over.</summary>
    internal async Task<bool> StartOrAdoptAsync(CancellationToken cancellationToken)
    {
        if (!layout.IsInitialized) await InitializeAsync(cancellationToken);
        if (PostmasterFile.Running(layout.DataDirectory) is { } running)
        {
            if (await AwaitReadyAsync(running.ProcessId, cancellationToken))
            {
                ProcessId = running.ProcessId;
                logger.Adopted(ProcessId, layout.SocketDirectory);
                await ReloadAsync(cancellationToken);
                return true;
            }
            // Alive but not to be reached where it should be: its socket was removed, or the layout changed.
            await StopAsync();
        }
        await StartAsync(cancellationToken);
        return false;
    }

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        await ClearLeftoversAsync(cancellationToken);
        ClusterConfiguration.Write(layout, options, identity);
        await identity.ClaimDirectoryAsync(layout.SocketDirectory, cancellationToken);
        var seconds = ((int)options.StartTimeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        // pg_ctl gives the server a session of its own: a Ctrl-C meant for the host does not end the database under it.
        var started = await ServerCommand.RunAsync(
            identity.Wrap(binaries.Path("pg_ctl"), "start", "-w", "-t", seconds, "-s", "-D", layout.DataDirectory, "-l", layout.LogFile),
            options.StartTimeout + TimeSpan.FromSeconds(5), cancellationToken);
        var running = PostmasterFile.Running(layout.DataDirectory);
        if (!started.Succeeded || running is null)
            throw new StorageStartException(
                "server_start_failed",
                $"The private PostgreSQL did not start ({started.Output.ReplaceLineEndings(" ")}). Last lines of {layout.LogFile}:\n{LastLogLines()}");
        ProcessId = running.ProcessId;
        logger.Started(ProcessId, layout.SocketDirectory, layout.Home);
    }

    internal async Task StopAsync()
    {
        if (PostmasterFile.Running(layout.DataDirectory) is null) return;
        if (!await StopAsync("fast", options.StopTimeout))
        {
            logger.StoppedHard();
            await StopAsync("immediate", TimeSpan.FromSeconds(10));
        }
        if (PostmasterFile.Running(layout.DataDirectory) is { } stuck) Kill([stuck.ProcessId]);
    }

    // It was started by an earlier program: who may log in is this one's to say.
    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        ClusterConfiguration.Write(layout, options, identity);
        await ServerCommand.RunAsync(
            identity.Wrap(binaries.Path("pg_ctl"), "reload", "-s", "-D", layout.DataDirectory), TimeSpan.FromSeconds(10), cancellationToken);
    }

    /// <summary>Keeps the server's log within its bound: the older half is given up.</summary>
    internal void BoundLogFile()
    {
        var log = new FileInfo(layout.LogFile);
        if (!log.Exists || log.Length < LogFileLimitBytes) return;
        File.Copy(layout.LogFile, layout.LogFile + ".1", overwrite: true);
        // The server appends, so a cut file goes on from its new end.
        using var cut = new FileStream(layout.LogFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        cut.SetLength(0);
    }

    private async Task<bool> StopAsync(string mode, TimeSpan timeout)
    {
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var stopped = await ServerCommand.RunAsync(
            identity.Wrap(binaries.Path("pg_ctl"), "stop", "-w", "-s", "-m", mode, "-t", seconds, "-D", layout.DataDirectory),
            timeout + TimeSpan.FromSeconds(5));
        return stopped.Succeeded || PostmasterFile.Running(layout.DataDirectory) is null;
    }

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        logger.Making(binaries.Major, layout.Home);
        // Made beside and renamed, so that a half-made cluster is never taken for one.
        var draft = layout.DataDirectory + ".new";
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        var made = await ServerCommand.RunAsync(
            identity.Wrap(
                binaries.Path("initdb"), "-D", draft, "-U", ClusterConfiguration.OwnerRole, "-E", "UTF8", "--locale=C.UTF-8",
                "--data-checksums", "--auth-local=peer", "--auth-host=reject"),
            options.StartTimeout, cancellationToken);
        if (!made.Succeeded)
            throw new StorageStartException("server_init_failed", $"initdb could not make a cluster in {layout.Home}: {made.Output}");
        Directory.Move(draft, layout.DataDirectory);
    }

    private async Task<bool> AwaitReadyAsync(int processId, CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp() + (long)(options.StartTimeout.TotalSeconds * time.TimestampFrequency);
        while (time.GetTimestamp() < deadline && PostmasterFile.WorksIn(processId, layout.DataDirectory))
        {
            if (!File.Exists(Path.Combine(layout.SocketDirectory, $".s.PGSQL.{ClusterLayout.Port}"))
                && PostmasterFile.Read(layout.DataDirectory) is { SocketDirectory.Length: > 0 }) return false;
            var ready = await ServerCommand.RunAsync(
                [binaries.Path("pg_isready"), "-q", "-h", layout.SocketDirectory, "-p", $"{ClusterLayout.Port}"], TimeSpan.FromSeconds(5), cancellationToken);
            if (ready.Succeeded) return true;
            await Task.Delay(PollInterval, time, cancellationToken);
        }
        return false;
    }

    /// <summary>
    /// Ends server processes that outlived their postmaster (they hold its shared memory and block a new one), and removes lock files whose
    /// pid now belongs to somebody else, which PostgreSQL itself would take for a running server.
    /// </summary>
    private async Task ClearLeftoversAsync(CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp() + (long)(OrphanGrace.TotalSeconds * time.TimestampFrequency);
        IReadOnlyList<int> orphans;
        while ((orphans = PostmasterFile.ProcessesIn(layout.DataDirectory)).Count > 0)
        {
            if (time.GetTimestamp() >= deadline)
            {
                Kill(orphans);
                logger.OrphansEnded(string.Join(", ", orphans));
                break;
            }
            await Task.Delay(PollInterval, time, cancellationToken);
        }
        File.Delete(Path.Combine(layout.DataDirectory, PostmasterFile.Name));
        File.Delete(Path.Combine(layout.SocketDirectory, $".s.PGSQL.{ClusterLayout.Port}.lock"));
        File.Delete(Path.Combine(layout.SocketDirectory, $".s.PGSQL.{ClusterLayout.Port}"));
    }

    private static void Kill(IEnumerable<int> processIds)
    {
        foreach (var processId in processIds)
        {
            try
            {
                using var process = Process.GetProcessById(processId);
                process.Kill();
                process.WaitForExit(TimeSpan.FromSeconds(5));
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // Already gone.
            }
        }
    }

    private string LastLogLines()
    {
        try
        {
            return string.Join('\n', File.ReadLines(layout.LogFile).TakeLast(LogLinesShown));
        }
        catch (IOException)
        {
            return "(no log)";
        }
    }
}
