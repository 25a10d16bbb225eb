using System.Diagnostics;
using System.Text;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Execution;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.WorkerAgent.Sandbox;
using Cavra.Actors.WorkerAgent.Tests.Sandbox;

namespace Cavra.Actors.WorkerAgent.Tests.Execution;

public sealed class StepExecutionTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Step_EndsWithZero_Succeeds()
    {
        var observer = new RecordingObserver();
        var end = await Run(Step("echo out; echo err >&2; pwd"), observer);
        end.Outcome.ShouldBe(StepOutcome.Succeeded, end.Detail);
        end.ExitCode.ShouldBe(0);
        observer.Text("stdout").ShouldBe("out\n/work\n");
        observer.Text("stderr").ShouldBe("err\n");
        observer.Chunks.Select(chunk => chunk.Seq).ShouldBe(Enumerable.Range(1, observer.Chunks.Count).Select(i => (long)i));
        end.LastStreamSeq.ShouldBe(observer.Chunks.Count);
        end.StdoutTail.ShouldBe("out\n/work\n");
    }

    [Fact]
    public async Task Argv_WithShellCharacters_IsNotParsed()
    {
        var observer = new RecordingObserver();
        await Run(Step("") with { Command = new StepCommand { Argv = ["printf", "%s|", "a b", "$(id)", "; ls", "*", "-n", ""] } }, observer);
        observer.Text("stdout").ShouldBe("a b|$(id)|; ls|*|-n||");
    }

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("kill -9 $$", 137)]
    public async Task Step_EndsOtherwise_FailsWithItsExitCode(string script, int code)
    {
        var end = await Run(Step(script), new RecordingObserver());
        (end.Outcome, end.Reason, end.ExitCode).ShouldBe((StepOutcome.Failed, StepReason.ExitCode, code));
    }

    [Fact]
    public async Task Command_ThatDoesNotExist_FailsWith127()
    {
        var observer = new RecordingObserver();
        var end = await Run(Step("") with { Command = new StepCommand { Argv = ["no-such-program"] } }, observer);
        (end.Outcome, end.Reason, end.ExitCode).ShouldBe((StepOutcome.Failed, StepReason.ExitCode, 127));
        observer.Text("stderr").ShouldContain("no-such-program");
    }

    [Theory]
    [InlineData(1, null, "exit 1", null)]
    [InlineData(0, "^done [0-9]+$", "echo one; echo done 5", null)]
    [InlineData(0, "^done$", "echo one; echo done 5", StepReason.ExpectationFailed)]
    [InlineData(0, "(", "echo one", StepReason.ExpectationFailed)]
    public async Task Expect_IsJudged(int code, string? pattern, string script, StepReason? reason)
    {
        var end = await Run(Step(script) with { Expect = new StepExpectation(code, pattern) }, new RecordingObserver());
        (end.Outcome, end.Reason).ShouldBe((reason is null ? StepOutcome.Succeeded : StepOutcome.Failed, reason));
    }

    [Fact]
    public async Task E10_Timeout_KillsDoubleForkedGrandchildren()
    {
        var marker = Marker();
        var step = Step($"(setsid sh -c 'while :; do sleep {marker}; done' &) ; sleep {marker}") with { Timeout = TimeSpan.FromMilliseconds(400) };
        var end = await Run(step, new RecordingObserver());
        (end.Outcome, end.Reason, end.ExitCode).ShouldBe((StepOutcome.Failed, StepReason.Timeout, (int?)null));
        Processes(marker).ShouldBeEmpty();
    }

    [Fact]
    public async Task E10_GrandchildKeepsThePipesOpen_StepEndsWithTheCommand()
    {
        var marker = Marker();
        var end = await Run(Step($"(setsid sleep {marker} &) ; echo main is done"), new RecordingObserver());
        end.Outcome.ShouldBe(StepOutcome.Succeeded, end.Detail);
        Processes(marker).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_WhileRunning_KillsTheTree()
    {
        var marker = Marker();
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver { OnOutput = (_, _) => { stop.Cancel(); return ValueTask.CompletedTask; } };
        var end = await Run(Step($"echo up; sleep {marker}"), observer, stop.Token);
        (end.Outcome, end.Reason).ShouldBe((StepOutcome.Failed, StepReason.Cancelled));
        Processes(marker).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_BeforeTheStart_NeverRuns()
    {
        using var stop = new CancellationTokenSource();
        var step = Step("touch /work/ran");
        var observer = new RecordingObserver { OnStarting = () => { stop.Cancel(); return Task.CompletedTask; } };
        var end = await Run(step, observer, stop.Token);
        (end.Outcome, end.Reason).ShouldBe((StepOutcome.NotRun, StepReason.Cancelled));
        File.Exists(Path.Combine(step.WorkFolder, "ran")).ShouldBeFalse();
    }

    [Fact]
    public async Task Journal_CannotTakeTheStart_StepNeverRuns()
    {
        var step = Step("touch /work/ran");
        var observer = new RecordingObserver { OnStarting = () => throw new JournalException("disk full") };
        var end = await Run(step, observer);
        (end.Outcome, end.Reason).ShouldBe((StepOutcome.NotRun, StepReason.SandboxError));
        end.Detail.ShouldBe("journal: disk full");
        File.Exists(Path.Combine(step.WorkFolder, "ran")).ShouldBeFalse();
    }

    [Fact]
    public async Task WorkFolder_IsKeptBetweenSteps()
    {
        var first = Step("echo kept >/work/note");
        await Run(first, new RecordingObserver());
        var observer = new RecordingObserver();
        await Run(Step("cat note") with { WorkFolder = first.WorkFolder }, observer);
        observer.Text("stdout").ShouldBe("kept\n");
    }

    [Fact]
    public async Task Profile_WithAMissingControl_IsRefusedByName()
    {
        var machine = new MachineControls(sandbox.Machine.Found.SetItem(SandboxControls.Mac, (false, "none")));
        var executor = new SandboxStepExecutor(sandbox.Launcher, machine, TimeProvider.System, "cavra-test");
        var end = await executor.Run(Step("true", "prod-critical"), new RecordingObserver(), CancellationToken.None);
        (end.Outcome, end.Reason).ShouldBe((StepOutcome.NotRun, StepReason.SandboxError));
        end.Detail.ShouldBe("sandbox.mac: none");
        (await executor.Run(Step("true", "prod-standard"), new RecordingObserver(), CancellationToken.None)).Outcome.ShouldBe(StepOutcome.Succeeded);
    }

    [Fact]
    public async Task Network_UnderProdCritical_IsRefused()
    {
        var end = await Run(Step("true", "prod-critical") with { Network = ["db-1:5432"] }, new RecordingObserver());
        (end.Outcome, end.Reason).ShouldBe((StepOutcome.NotRun, StepReason.SandboxError));
    }

    private static string Marker() => "9" + Random.Shared.Next(100_000, 999_999).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static List<string> Processes(string marker) =>
        [.. Process.GetProcesses().Select(process => CommandLine(process.Id)).Where(line => line.Contains(marker, StringComparison.Ordinal))];

    private static string CommandLine(int pid)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private StepRun Step(string script, string profile = "dev-flex") => new()
    {
        Command = new StepCommand { Argv = [script], Shell = true },
        Profile = SandboxProfile.Find(profile)!,
        WorkFolder = sandbox.NewWorkFolder(),
        Timeout = TimeSpan.FromMinutes(1),
    };

    private Task<StepEnd> Run(StepRun step, RecordingObserver observer, CancellationToken stop = default) =>
        new SandboxStepExecutor(sandbox.Launcher, sandbox.Machine, TimeProvider.System, "cavra-test").Run(step, observer, stop).WaitAsync(SandboxFixture.Generous, CancellationToken.None);
}
