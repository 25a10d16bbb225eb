using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Assignments;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.WorkerAgent.Sandbox;

namespace Cavra.Actors.WorkerAgent.Execution;

/// <summary>Runs steps as real processes in sandboxes.</summary>
/// <param name="label">Marks this worker's bwrap processes on the host.</param>
/// <param name="outputLimitBytes">Output past this is dropped, and said so.</param>
internal sealed class SandboxStepExecutor(
    SandboxLauncher launcher, MachineControls machine, TimeProvider time, string label, long outputLimitBytes = OutputPump.DefaultLimitBytes)
    : IStepExecutor
{
    internal const int ResultTailCharacters = 8 * 1024;
    private const int CommandNotFound = 127;
    private const string ExecFailed = "bwrap: execvp ";

    /// <inheritdoc/>
    public async Task<StepEnd> Run(StepRun step, IStepObserver observer, CancellationToken stop)
    {
        if (machine.Missing(step.Profile) is { } missing)
            return StepEnd.NotRun(StepReason.SandboxError, $"sandbox.{missing.Name}: {missing.Detail}");
        SandboxedProcess process;
        try
        {
            WorkFolders.Make(step.WorkFolder);
            process = await launcher.Start(Request(step), stop);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return StepEnd.NotRun(StepReason.SandboxError, $"work_folder: {error.Message}");
        }
        catch (SandboxException error)
        {
            return StepEnd.NotRun(stop.IsCancellationRequested ? StepReason.Cancelled : StepReason.SandboxError, $"sandbox.{error.Control}: {error.Message}");
        }

        if (await Held(process, observer, stop) is { } refused)
            return refused;
        return await Released(step, process, observer, stop);
    }

    private SandboxRequest Request(StepRun step) => new()
    {
        Profile = step.Profile,
        Argv = step.Command.ExecArgv,
        WorkFolder = step.WorkFolder,
        Cwd = step.Cwd,
        Writable = step.Writable,
        HostNetwork = !step.Network.IsEmpty,
        Environment = step.Environment,
        Credentials = step.Credentials,
        Label = label,
    };

    /// <summary>The command waits at its gate. Either its start is durable afterwards, or it never runs.</summary>
    private static async Task<StepEnd?> Held(SandboxedProcess process, IStepObserver observer, CancellationToken stop)
    {
        if (process.HostPid is null)
        {
            using var error = new StreamReader(process.Error);
            var said = await error.ReadToEndAsync(CancellationToken.None);
            await Discard(process);
            return StepEnd.NotRun(StepReason.SandboxError, $"sandbox.{SandboxControls.Namespaces}: {said.Trim()}");
        }

        try
        {
            await observer.Starting();
            if (!stop.IsCancellationRequested)
                return null;
            await Discard(process);
            return StepEnd.NotRun(StepReason.Cancelled, "stopped before it ran");
        }
        catch (JournalException error)
        {
            await Discard(process);
            return StepEnd.NotRun(StepReason.SandboxError, $"journal: {error.Message}");
        }
    }

    private static async Task Discard(SandboxedProcess process)
    {
        process.Kill();
        await process.Completion;
        await process.Output.DisposeAsync();
        await process.Error.DisposeAsync();
    }

    private async Task<StepEnd> Released(StepRun step, SandboxedProcess process, IStepObserver observer, CancellationToken stop)
    {
        var output = new OutputStream("stdout", step.Expect.StdoutMatches is null ? ResultTailCharacters : Expectation.TailCharacters, SanitizerChain.For(step.Secrets));
        var error = new OutputStream("stderr", ResultTailCharacters, SanitizerChain.For(step.Secrets));
        await using var pump = new OutputPump(observer.Output, time, outputLimitBytes, stop);
        using var deadline = new CancellationTokenSource(step.Timeout, time);
        var started = time.GetTimestamp();
        process.Release();
        await using var onTimeout = deadline.Token.UnsafeRegister(static p => ((SandboxedProcess)p!).Kill(), process);
        await using var onStop = stop.UnsafeRegister(static p => ((SandboxedProcess)p!).Kill(), process);
        var pumping = Task.WhenAll(pump.Pump(process.Output, output), pump.Pump(process.Error, error));
        var exit = await process.Completion;
        var elapsed = time.GetElapsedTime(started);
        await pumping;
        await process.Output.DisposeAsync();
        await process.Error.DisposeAsync();

        var end = Judge(step, exit, deadline.IsCancellationRequested, stop.IsCancellationRequested, output, error);
        return end with
        {
            ExecutionMs = (long)elapsed.TotalMilliseconds,
            Truncated = pump.Truncated,
            LastStreamSeq = pump.LastSeq,
            StdoutTail = output.Tail(ResultTailCharacters),
            StderrTail = error.Tail(ResultTailCharacters),
        };
    }

    private static StepEnd Judge(StepRun step, SandboxExit exit, bool timedOut, bool stopped, OutputStream output, OutputStream error)
    {
        if (!exit.TreeEmpty)
            return new() { Outcome = StepOutcome.Unknown, Reason = StepReason.SandboxError, Detail = "a process of the step could not be killed" };
        // The command may have ended by itself in the instant of the kill: then its own exit code counts.
        if (exit.ExitCode is null && (timedOut || stopped))
        {
            var reason = stopped ? StepReason.Cancelled : StepReason.Timeout;
            return new() { Outcome = StepOutcome.Failed, Reason = reason, Detail = stopped ? "stopped; its process tree was killed" : $"ran longer than {step.Timeout.TotalSeconds:0} s; its process tree was killed" };
        }

        var exitCode = exit.ExitCode;
        if (exitCode is null && error.Tail(ResultTailCharacters).StartsWith(ExecFailed, StringComparison.Ordinal))
            exitCode = CommandNotFound;
        if (exitCode is null)
            return new() { Outcome = StepOutcome.NotRun, Reason = StepReason.SandboxError, Detail = $"sandbox.{SandboxControls.Namespaces}: {error.Tail(512).Trim()}" };
        if (Expectation.Failure(step.Expect, exitCode.Value, () => output.Tail(Expectation.TailCharacters)) is { } failure)
            return new() { Outcome = StepOutcome.Failed, Reason = failure.Reason, ExitCode = exitCode, Detail = failure.Detail };
        return new() { Outcome = StepOutcome.Succeeded, ExitCode = exitCode };
    }
}
