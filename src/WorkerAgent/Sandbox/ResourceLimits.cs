using Cavra.Actors.WorkerAgent.Sandbox.Native;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>Per-process limits, set on the sandbox's first process before the step may start; all others inherit them.</summary>
internal static class ResourceLimits
{
    private const int FileSize = 1;
    private const int DataSize = 2;
    private const int Core = 4;
    private const int Processes = 6;
    private const int OpenFiles = 7;
    private const int LockedMemory = 8;
    private const int MessageQueues = 12;
    private const long LockedBytes = 64 * 1024;
    private const long QueueBytes = 800 * 1024;

    /// <param name="memoryByCgroup">When false each process's writable memory is bounded by itself; address space that it only reserves is not counted.</param>
    internal static void Apply(int pid, SandboxLimits limits, bool memoryByCgroup)
    {
        Set(pid, FileSize, limits.FileBytes);
        Set(pid, Core, 0);
        Set(pid, Processes, limits.Processes);
        Set(pid, OpenFiles, limits.OpenFiles);
        Set(pid, LockedMemory, LockedBytes);
        Set(pid, MessageQueues, QueueBytes);
        if (!memoryByCgroup)
            Set(pid, DataSize, limits.MemoryBytes);
    }

    private static unsafe void Set(int pid, int resource, long value)
    {
        // An operator's own lower limit stays; only root could raise it again, and nothing here needs more.
        var current = stackalloc ulong[2];
        if (LibC.Prlimit(pid, resource, null, current) != 0)
            throw new SandboxException(SandboxControls.ResourceLimits, OwnedFd.Failed("prlimit").Message);
        var bound = Math.Min((ulong)value, current[1]);
        var wanted = stackalloc ulong[2] { bound, bound };
        if (LibC.Prlimit(pid, resource, wanted, null) != 0)
            throw new SandboxException(SandboxControls.ResourceLimits, OwnedFd.Failed("prlimit").Message);
    }
}
