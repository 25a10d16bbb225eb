using System.IO.Pipes;
using Cavra.Actors.WorkerAgent.Sandbox.Native;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>How a sandboxed process tree ended.</summary>
/// <param name="ExitCode">The command's own exit code (128 + signal when a signal ended it); null when it never started or was killed with its tree.</param>
/// <param name="TreeEmpty">Verified: no process of the tree is left.</param>
internal sealed record SandboxExit(int? ExitCode, bool TreeEmpty);

/// <summary>A process tree in its sandbox: bwrap's outer process, the first process inside (whose end ends all others), their pipes.</summary>
internal sealed class SandboxedProcess
{
    // After the first process inside is gone the kernel has already killed the rest; ten seconds cover one stuck in a device.
    private static readonly TimeSpan EmptyLimit = TimeSpan.FromSeconds(10);
    private readonly ProcessWatch _monitor;
    private readonly ProcessWatch? _init;
    private readonly SandboxStatusReader _status;
    private readonly SandboxLauncher.Pipes _pipes;
    private readonly CgroupScope? _scope;

    internal SandboxedProcess(
        ProcessWatch monitor, ProcessWatch? init, SandboxStatusReader status, SandboxLauncher.Pipes pipes, CgroupScope? scope)
    {
        (_monitor, _init, _status, _pipes, _scope) = (monitor, init, status, pipes, scope);
        Output = Reader(pipes.OutputRead);
        Error = Reader(pipes.ErrorRead);
        Completion = Watch();
    }

    /// <summary>What the tree writes to standard output. Ends when no process of the tree is left.</summary>
    internal Stream Output { get; }

    /// <summary>What the tree (and bwrap, when it cannot make the sandbox) writes to standard error.</summary>
    internal Stream Error { get; }

    /// <summary>Ends when the command has ended and its whole tree with it. The pipes may still hold output.</summary>
    internal Task<SandboxExit> Completion { get; }

    /// <summary>Number of the first process inside, as the host sees it; null when the sandbox was not made.</summary>
    internal int? HostPid => _init?.Pid;

    /// <summary>Opens the gate: the command may run now.</summary>
    internal void Release()
    {
        OwnedFd.Write(_pipes.Gate, "x"u8);
        _pipes.Gate.Dispose();
    }

    /// <summary>Kills the whole tree. Repeating it does no harm.</summary>
    internal void Kill()
    {
        // The outer process first: alive, it would report the death of the inner one as the command's own exit code.
        _monitor.Kill();
        _init?.Kill();
    }

    private static AnonymousPipeClientStream Reader(SafeFileHandle read)
    {
        var stream = new AnonymousPipeClientStream(PipeDirection.In, new SafePipeHandle(read.DangerousGetHandle(), ownsHandle: true));
        read.SetHandleAsInvalid();
        return stream;
    }

    private async Task<SandboxExit> Watch()
    {
        int? exit;
        try
        {
            // Only bwrap's outer process holds the other end, so this ends with it whatever happens inside.
            exit = await _status.ReadExit(CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or System.Text.Json.JsonException)
        {
            exit = null;
        }

        // Both waits are short: the outer process has ended or is about to, and its death kills the first process inside.
        return await Task.Run(() => new SandboxExit(exit, Clear()));
    }

    private bool Clear()
    {
        var gone = _monitor.WaitGone(EmptyLimit);
        if (!gone)
            Kill();
        gone &= _init is null || ClearTree(_init);
        _monitor.Reap();
        _monitor.Dispose();
        _status.Dispose();
        if (!_pipes.Gate.IsClosed)
            _pipes.Gate.Dispose();
        return gone && (_scope?.TryRemove() ?? true);
    }

    private static bool ClearTree(ProcessWatch init)
    {
        // The parent-death signal has a gap before bwrap's inner process asks for it; the kill here has none.
        init.Kill();
        var gone = init.WaitGone(EmptyLimit);
        init.Reap();
        init.Dispose();
        return gone;
    }
}
