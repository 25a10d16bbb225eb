using System.Diagnostics;

namespace Cavra.Actors.Cli.Up;

/// <summary>How a program of the installation is started.</summary>
/// <param name="Name">What people call it: <c>API</c>, <c>worker local-1</c>.</param>
/// <param name="Argv">Program and arguments.</param>
/// <param name="ErrorFile">Takes what it writes to standard error; its logs it writes itself.</param>
internal sealed record ChildProgram(string Name, IReadOnlyList<string> Argv, string ErrorFile)
{
    /// <summary>Variables besides the inherited ones.</summary>
    internal Dictionary<string, string> Variables { get; init; } = [];
}

/// <summary>A running program of the installation.</summary>
internal sealed class Child : IDisposable
{
    // In a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone and things end in order. Output goes to a file and
    // not to a pipe: a supervisor that was killed must not block its programs.
    private const string Launch = "exec setsid \"$@\" >/dev/null 2>>\"$0\" </dev/null";
    private readonly Process _process;

    private Child(ChildProgram program, Process process)
    {
        Program = program;
        _process = process;
    }

    internal ChildProgram Program { get; }

    internal int Id => _process.Id;

    internal bool HasExited => _process.HasExited;

    internal int ExitCode => _process.ExitCode;

    internal static Child Start(ChildProgram program)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Launch, program.ErrorFile, .. program.Argv]) { UseShellExecute = false };
        foreach (var (name, value) in program.Variables) start.Environment[name] = value;
        return new Child(program, Process.Start(start) ?? throw new InvalidOperationException("the shell did not start"));
    }

    internal Task ExitAsync(CancellationToken stop) => _process.WaitForExitAsync(stop);

    /// <summary>
    /// Asks it to end and waits; asks again after half of the time, which to a worker means "finish nothing more"; kills it at the end.
    /// True when it ended by itself.
    /// </summary>
    internal async Task<bool> StopAsync(TimeSpan patience, CancellationToken now)
    {
        if (_process.HasExited) return true;
        for (var asked = 0; asked < 2; asked++)
        {
            Signals.Send(Id, Signals.Terminate);
            if (await EndedAsync(patience / 2, now)) return true;
        }
        Signals.Send(Id, Signals.Kill);
        await _process.WaitForExitAsync(CancellationToken.None);
        return false;
    }

    /// <summary>The last lines of its standard error.</summary>
    internal IReadOnlyList<string> LastWords(int lines = 12)
    {
        try
        {
            return [.. File.ReadLines(Program.ErrorFile).TakeLast(lines)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private async Task<bool> EndedAsync(TimeSpan patience, CancellationToken now)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(now);
        bound.CancelAfter(patience);
        try
        {
            await _process.WaitForExitAsync(bound.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose() => _process.Dispose();
}
