using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Sandbox.Native;

/// <summary>File descriptors that this process makes. All are close-on-exec: a child gets one only where a spawn names it.</summary>
internal static class OwnedFd
{
    /// <summary>A pipe: what is written to the second end comes out of the first.</summary>
    internal static unsafe (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var ends = stackalloc int[2];
        if (LibC.Pipe2(ends, LibC.CloseOnExec) != 0)
            throw Failed("pipe2");
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>
    /// A pipe in one descriptor, open both ways. A reader that holds it never sees its end, so a gate made of it stays shut
    /// when the process that should open it dies.
    /// </summary>
    internal static SafeFileHandle Gate()
    {
        var (read, write) = Pipe();
        using (read)
        using (write)
            return Open($"/proc/self/fd/{(int)read.DangerousGetHandle()}", LibC.OpenReadWrite);
    }

    internal static SafeFileHandle Open(string path, int flags)
    {
        var fd = LibC.Open(path, flags | LibC.CloseOnExec);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failed("open");
    }

    /// <summary>An anonymous file in memory that holds <paramref name="content"/> and is read from its start.</summary>
    internal static SafeFileHandle Memory(string name, ReadOnlySpan<byte> content)
    {
        const uint closeOnExec = 1;
        var fd = LibC.MemfdCreate(name, closeOnExec);
        if (fd < 0)
            throw Failed("memfd_create");
        var handle = new SafeFileHandle(fd, ownsHandle: true);
        Write(handle, content);
        if (LibC.Seek(fd, 0, 0) != 0)
            throw Failed("lseek");
        return handle;
    }

    internal static unsafe void Write(SafeFileHandle handle, ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            for (var done = 0; done < content.Length;)
            {
                var written = LibC.Write((int)handle.DangerousGetHandle(), start + done, content.Length - done);
                if (written <= 0)
                    throw Failed("write");
                done += (int)written;
            }
        }
    }

    internal static Win32Exception Failed(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        return new Win32Exception(error, $"{call}: {Marshal.GetPInvokeErrorMessage(error)}");
    }
}
