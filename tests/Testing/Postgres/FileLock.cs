using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.Testing.Postgres;

/// <summary>A lock between processes that is waited for; the kernel gives it back when its holder ends.</summary>
internal sealed partial class FileLock : IDisposable
{
    private const int ReadWriteCreateCloseOnExec = 0x2 | 0x40 | 0x80000;
    private const int OwnerOnly = 0x180;
    private const int Exclusive = 2;
    private const int Interrupted = 4;
    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    internal static Task<FileLock> TakeAsync(string path) => Task.Run(() =>
    {
        // Opened without .NET's own sharing rules: with any FileShare its open tries a flock and fails instead of waiting.
        var file = new SafeFileHandle(Open(path, ReadWriteCreateCloseOnExec, OwnerOnly), ownsHandle: true);
        if (file.IsInvalid) throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        while (Flock((int)file.DangerousGetHandle(), Exclusive) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) throw new IOException($"flock of {path} failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        return new FileLock(file);
    });

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int descriptor, int operation);
}
