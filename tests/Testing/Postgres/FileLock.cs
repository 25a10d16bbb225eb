using System.Runtime.InteropServices;

namespace Cavra.Actors.Testing.Postgres;

/// <summary>A lock between processes that is waited for; the kernel gives it back when its holder ends.</summary>
internal sealed partial class FileLock : IDisposable
{
    private const int Exclusive = 2;
    private const int Interrupted = 4;
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    internal static Task<FileLock> TakeAsync(string path) => Task.Run(() =>
    {
        // Opened without .NET's own sharing rules, which would fail instead of wait.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        while (Flock((int)file.SafeFileHandle.DangerousGetHandle(), Exclusive) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) throw new IOException($"flock of {path} failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        return new FileLock(file);
    });

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int descriptor, int operation);
}
