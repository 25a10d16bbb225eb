using System.Diagnostics;
using Cavra.Actors.Installation;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Tests.Channel;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Hosting;

/// <summary>The worker as the process that it is in production, against the agent port's real wire.</summary>
public sealed class WorkerProcessTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cavra-worker-").FullName;
    private readonly List<Process> _processes = [];
    private WorkerAuthority _authority = null!;
    private StandIn _orchestrator = new();
    private KestrelStandIn _server = null!;

    public async Task InitializeAsync()
    {
        _authority = WorkerAuthority.LoadOrCreate(new DataDirectory(Path.Combine(_folder, "installation")), TimeProvider.System);
        _authority.Enroll(Path.Combine(_folder, "keys"), "worker-1", WorkerAuthority.EveryTenant, DateTimeOffset.UtcNow);
        _server = await KestrelStandIn.Start(_orchestrator, _authority, batch: true);
    }

    public async Task DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        await _server.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Killed_WhileAStepRuns_LeavesNoProcessAndReportsUnknown()
    {
        var worker = StartWorker();
        var marker = "97" + Random.Shared.Next(100_000, 999_999).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var assignment = StandIn.Assignment(1, StandIn.Step(1, $"echo run >>note; (setsid sleep {marker} &); sleep {marker}"), StandIn.Step(2, "cat note"));
        await _orchestrator.Assign(assignment);
        await _orchestrator.Send(StandIn.Command(assignment, 1));
        await _orchestrator.Next<StepStartedFrame>();
        await AwaitCommandLines(marker, some: true);
        worker.Kill();
        await worker.WaitForExitAsync();
        await AwaitCommandLines(marker, some: false);

        await StartOver();
        StartWorker();
        var result = await _orchestrator.Next<StepResultFrame>();
        (result.Status, result.Reason).ShouldBe((StepOutcome.Unknown, StepReason.WorkerLost));
        await _orchestrator.Send(StandIn.Command(assignment, 2));
        (await _orchestrator.Next<StepResultFrame>()).Stdout.ShouldBe("run\n");
    }

    [Fact]
    public async Task B09_Terminated_FinishesUnregistersAndExitsWithZero()
    {
        var worker = StartWorker();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "while [ ! -e go ]; do sleep 0.05; done; echo finished"));
        await _orchestrator.Assign(assignment);
        await _orchestrator.Send(StandIn.Command(assignment, 1));
        await _orchestrator.Next<StepStartedFrame>();
        Signal(worker, "TERM");
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", "work", "asg-1-1", "go"), "");
        (await _orchestrator.Next<StepResultFrame>()).Stdout.ShouldBe("finished\n");
        await _orchestrator.Send(StandIn.Cancel(assignment, "completed"));
        await worker.WaitForExitAsync().WaitAsync(StandIn.Generous);
        worker.ExitCode.ShouldBe(0);
        _orchestrator.Unregistered.Task.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task TerminatedTwice_StopsAtOnce()
    {
        var worker = StartWorker();
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "sleep 60"));
        await _orchestrator.Assign(assignment);
        await _orchestrator.Send(StandIn.Command(assignment, 1));
        await _orchestrator.Next<StepStartedFrame>();
        Signal(worker, "TERM");
        using var limit = new CancellationTokenSource(StandIn.Generous);
        while (!_orchestrator.Drained)
            await _orchestrator.Heartbeats.Reader.ReadAsync(limit.Token);
        Signal(worker, "TERM");
        await worker.WaitForExitAsync(limit.Token);
        worker.ExitCode.ShouldBe(0);
        _orchestrator.All.OfType<StepResultFrame>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("the certificate", "--name", "worker-2")]
    [InlineData("does not exist. Enroll the worker", "--key", "/no/such/key")]
    [InlineData("unknown option", "--what", "ever")]
    public async Task Start_ThatCannotWork_SaysWhatToDo(string expected, params string[] arguments)
    {
        var worker = StartWorker(arguments);
        var said = await worker.StandardError.ReadToEndAsync().WaitAsync(StandIn.Generous);
        await worker.WaitForExitAsync().WaitAsync(StandIn.Generous);
        worker.ExitCode.ShouldBe(2);
        said.ShouldContain(expected);
    }

    private async Task StartOver()
    {
        await _server.DisposeAsync();
        _orchestrator = new StandIn();
        _server = await KestrelStandIn.Start(_orchestrator, _authority, batch: true);
    }

    private Process StartWorker(params string[] arguments)
    {
        var keys = Path.Combine(_folder, "keys");
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Cavra.Actors.WorkerAgent.dll"), "--name", "worker-1", "--api", _server.Address.ToString(),
                "--cert", keys + "/worker.crt", "--key", keys + "/worker.key", "--ca", keys + "/ca.crt", "--data", _folder + "/data",
                "--capabilities", "shell", "--log", _folder + "/worker.log", .. arguments,
            ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
            UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private static async Task AwaitCommandLines(string marker, bool some)
    {
        using var limit = new CancellationTokenSource(StandIn.Generous);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Process.GetProcesses().Any(process => Mentions(process.Id, marker)) != some)
            await tick.WaitForNextTickAsync(limit.Token);
    }

    private static bool Mentions(int pid, string marker)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains(marker, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
