using System.Diagnostics;
using Cavra.Actors.Installation;
using Cavra.Actors.Testing;

namespace Cavra.Actors.SystemTests.Up;

/// <summary><c>cavra up</c> as a process, with the real programs below it.</summary>
public sealed class SupervisorTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);
    private readonly string _folder = Directory.CreateTempSubdirectory("cavra-up-").FullName;
    private readonly List<string> _lines = [];
    private Process? _up;

    private DataDirectory Data => DataDirectory.From(null, _folder);

    public Task InitializeAsync()
    {
        // PostgreSQL's user must be able to pass through.
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_up is { HasExited: false })
        {
            RunningInstallation.Signal(_up, "TERM");
            await _up.WaitForExitAsync().WaitAsync(Bound);
        }
        await RunAsync("down");
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Up_ApiAndWorkerKilled_BothRunAgain_AndATermStopsAllOfIt()
    {
        await UpAsync();
        var first = PidsFile.Read(Data.PidsFile)!;
        first.Workers.Length.ShouldBe(1);
        first.Postgres.ShouldBeGreaterThan(1);
        File.GetUnixFileMode(Data.DevFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Kill(first.Workers[0]);
        await LineAsync("worker local-1 runs again");
        Kill(first.Api);
        await LineAsync("API runs again");
        // It has said so; the address is the same, and it answers.
        using var http = new HttpClient();
        var api = await UntilAsync(() => DevFile.Read(Data.DevFile));
        await UntilAsync(async () => (await http.GetAsync(new Uri(api.Api + "/readyz"))).IsSuccessStatusCode);
        PidsFile.Read(Data.PidsFile)!.Api.ShouldNotBe(first.Api);

        (await RunAsync("runbook", "list", "-o", "json")).Output.ShouldContain("rb-disk-pressure");
        var second = await RunAsync("up");
        second.Code.ShouldBe(1);
        second.Output.ShouldContain("another `up` runs on");

        var last = PidsFile.Read(Data.PidsFile)!;
        RunningInstallation.Signal(_up!, "TERM");
        await _up!.WaitForExitAsync().WaitAsync(Bound);
        _up.ExitCode.ShouldBe(0);
        File.Exists(Data.DevFile).ShouldBeFalse();
        File.Exists(Data.PidsFile).ShouldBeFalse();
        int[] ids = [last.Api, .. last.Workers, last.Postgres];
        ids.Where(IsAlive).ShouldBeEmpty();
    }

    [Fact]
    public async Task Up_KilledItself_DownStopsWhatIsLeft()
    {
        await UpAsync();
        var pids = PidsFile.Read(Data.PidsFile)!;

        RunningInstallation.Signal(_up!, "KILL");
        await _up!.WaitForExitAsync().WaitAsync(Bound);
        var down = await RunAsync("down");

        down.Output.ShouldContain("left over from an `up` that was killed");
        int[] ids = [pids.Api, .. pids.Workers, pids.Postgres];
        ids.Where(IsAlive).ShouldBeEmpty();
        File.Exists(Data.PidsFile).ShouldBeFalse();
    }

    // One that ended and that nobody has asked about yet (no init here) still has a folder, but no command line.
    private static bool IsAlive(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }

    private async Task UpAsync()
    {
        _up = Start("up");
        _up.OutputDataReceived += (_, line) =>
        {
            lock (_lines) _lines.Add(line.Data ?? "(end)");
        };
        _up.BeginOutputReadLine();
        await LineAsync("Cavra Actors is running.");
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Bound);
        return (process.ExitCode, await output + await error);
    }

    private Process Start(params string[] arguments)
    {
        var cli = Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "Cavra.Actors.Cli.dll");
        var start = new ProcessStartInfo("dotnet", [Path.GetFullPath(cli), .. arguments])
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = arguments[0] != "up" || _up is not null,
        };
        start.Environment["CAVRA_API_PORT"] = "0";
        start.Environment["CAVRA_AGENT_PORT"] = "0";
        start.Environment["CAVRA_HOME"] = Repository();
        start.Environment.Remove("CAVRA_DATA");
        return Process.Start(start)!;
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Cavra.Actors.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    private Task LineAsync(string text) => UntilAsync(() =>
    {
        if (_up!.HasExited) throw new InvalidOperationException("up ended:\n" + Lines());
        return Task.FromResult(Lines().Contains(text, StringComparison.Ordinal));
    });

    private string Lines()
    {
        lock (_lines) return string.Join('\n', _lines);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await tick.WaitForNextTickAsync())
        {
            try
            {
                if (await condition()) return;
            }
            catch (HttpRequestException)
            {
                // Not up yet.
            }
            if (clock.Elapsed > Bound) throw new TimeoutException();
        }
    }

    private static async Task<T> UntilAsync<T>(Func<T?> find)
        where T : class
    {
        T? found = null;
        await UntilAsync(() => Task.FromResult((found = find()) is not null));
        return found!;
    }
}
