using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Sandbox.Native;

/// <summary>
/// posix_spawn with exactly the descriptors that are named: entry n of the list becomes descriptor n of the child and all
/// others are closed. Signals are back to their defaults, the child leads its own process group. The memory of this process is
/// not copied (glibc uses vfork), so the cost does not grow with the heap.
/// </summary>
internal static unsafe class SpawnCall
{
    // Larger than glibc's own types on every architecture (80, 336 and 128 bytes on x86-64).
    private const int OpaqueBytes = 1024;
    private const short SetGroup = 0x02;
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;

    /// <returns>The process id.</returns>
    internal static int Start(string path, IReadOnlyList<string> argv, IReadOnlyList<string> environment, IReadOnlyList<SafeFileHandle> descriptors)
    {
        using var arguments = new StringVector(argv);
        using var variables = new StringVector(environment);
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        Check(LibC.FileActionsInit(actions), "posix_spawn_file_actions_init");
        Check(LibC.AttributesInit(attributes), "posix_spawnattr_init");
        var lifted = new List<SafeFileHandle>(descriptors.Count);
        try
        {
            AddDescriptors(actions, descriptors, lifted);
            SetAttributes(attributes);
            var pathBytes = Encoding.UTF8.GetBytes(path + "\0");
            int pid;
            fixed (byte* start = pathBytes)
                Check(LibC.PosixSpawn(&pid, start, actions, attributes, arguments.Pointer, variables.Pointer), $"posix_spawn {path}");
            return pid;
        }
        finally
        {
            foreach (var handle in lifted)
                handle.Dispose();
            _ = LibC.FileActionsDestroy(actions);
            _ = LibC.AttributesDestroy(attributes);
        }
    }

    private static void AddDescriptors(byte* actions, IReadOnlyList<SafeFileHandle> descriptors, List<SafeFileHandle> lifted)
    {
        for (var target = 0; target < descriptors.Count; target++)
        {
            // A source that lies in the range of the targets could be overwritten by an earlier dup2: use a copy above it.
            var source = descriptors[target];
            if ((int)source.DangerousGetHandle() < descriptors.Count)
                lifted.Add(source = Lift(source, descriptors.Count));
            Check(LibC.FileActionsAddDup2(actions, (int)source.DangerousGetHandle(), target), "adddup2");
        }

        Check(LibC.FileActionsAddCloseFrom(actions, descriptors.Count), "addclosefrom");
    }

    private static SafeFileHandle Lift(SafeFileHandle source, int above)
    {
        const int duplicateCloseOnExec = 1030;
        var fd = LibC.FileControl((int)source.DangerousGetHandle(), duplicateCloseOnExec, above);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw OwnedFd.Failed("fcntl");
    }

    private static void SetAttributes(byte* attributes)
    {
        var signals = stackalloc byte[OpaqueBytes];
        _ = LibC.SignalsFill(signals);
        Check(LibC.AttributesSetDefaultSignals(attributes, signals), "setsigdefault");
        _ = LibC.SignalsEmpty(signals);
        Check(LibC.AttributesSetSignalMask(attributes, signals), "setsigmask");
        Check(LibC.AttributesSetGroup(attributes, 0), "setpgroup");
        Check(LibC.AttributesSetFlags(attributes, SetGroup | SetSignalDefaults | SetSignalMask), "setflags");
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw new Win32Exception(error, $"{call}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed class StringVector : IDisposable
    {
        private readonly nint _block;

        internal StringVector(IReadOnlyList<string> values)
        {
            var pointers = (values.Count + 1) * sizeof(nint);
            var bytes = pointers;
            foreach (var value in values)
                bytes += Encoding.UTF8.GetByteCount(value) + 1;
            _block = Marshal.AllocHGlobal(bytes);
            var table = (byte**)_block;
            var next = (byte*)_block + pointers;
            var end = (byte*)_block + bytes;
            for (var i = 0; i < values.Count; i++)
            {
                table[i] = next;
                next += Encoding.UTF8.GetBytes(values[i], new Span<byte>(next, (int)(end - next)));
                *next++ = 0;
            }

            table[values.Count] = null;
        }

        internal byte** Pointer => (byte**)_block;

        public void Dispose() => Marshal.FreeHGlobal(_block);
    }
}
