using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Sandbox.Native;

/// <summary>A process held by descriptor, so that its number can be given away again without us hitting a stranger.</summary>
internal sealed class ProcessWatch : IDisposable
{
    private readonly SafeFileHandle _handle;

    private ProcessWatch(SafeFileHandle handle, int pid) => (_handle, Pid) = (handle, pid);

    internal int Pid { get; }

    /// <returns>Null when the process is already gone.</returns>
    internal static ProcessWatch? TryOpen(int pid)
    {
        var fd = (int)LibC.PidFdOpen(LibC.PidFdOpenNumber, pid, 0);
        return fd < 0 ? null : new ProcessWatch(new SafeFileHandle(fd, ownsHandle: true), pid);
    }

    internal void Kill() =>
        _ = LibC.PidFdSendSignal(LibC.PidFdSendSignalNumber, (int)_handle.DangerousGetHandle(), LibC.SignalKill, 0, 0);

    /// <summary>Waits until the process has ended. Blocks its thread; the caller has already made sure that the end is near.</summary>
    internal unsafe bool WaitGone(TimeSpan limit)
    {
        var request = new LibC.PollRequest { Fd = (int)_handle.DangerousGetHandle(), Events = LibC.PollIn };
        return LibC.Poll(&request, 1, (int)limit.TotalMilliseconds) > 0;
    }

    /// <summary>Takes the process's exit status if it is a child of ours, so that it does not stay as a zombie.</summary>
    /// <returns>The wait status, or null when it is not our child or has not ended.</returns>
    internal unsafe int? Reap()
    {
        int status;
        return LibC.WaitPid(Pid, &status, LibC.NoHang) == Pid ? status : null;
    }

    public void Dispose() => _handle.Dispose();
}
