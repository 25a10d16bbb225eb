using System.ComponentModel;
using System.Runtime.InteropServices;
using Cavra.Actors.WorkerAgent.Sandbox.Native;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Journal;

/// <summary>
/// The journal's bytes on disk. Room is allocated ahead, so that the end of a run that has started always fits, also when the disk
/// is full by then. Zero bytes after the last line are room.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    private const long GrowBytes = 2 * 1024 * 1024;
    private readonly SafeFileHandle _handle;
    private readonly long _maximumBytes;
    private long _allocated;

    private JournalFile(SafeFileHandle handle, long length, long maximumBytes) =>
        (_handle, Length, _allocated, _maximumBytes) = (handle, length, RandomAccess.GetLength(handle), maximumBytes);

    /// <summary>Bytes of whole lines.</summary>
    internal long Length { get; private set; }

    /// <summary>Room behind the last line that is certain to be there.</summary>
    internal long Room => _allocated - Length;

    internal static SafeFileHandle OpenHandle(string path) =>
        // FileShare.None is an advisory lock: a second worker on this folder would run the same steps.
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <param name="length">Where the last whole line ends.</param>
    internal static JournalFile Take(SafeFileHandle handle, long length, long maximumBytes)
    {
        // What follows is a torn line or old room: it must read as room, or it could one day be taken for a line.
        if (RandomAccess.GetLength(handle) > length)
            RandomAccess.SetLength(handle, length);
        return new JournalFile(handle, length, maximumBytes);
    }

    /// <summary>Makes at least this much room, or says why there is none.</summary>
    internal void Reserve(long bytes)
    {
        if (Room >= bytes)
            return;
        // On a disk that is nearly full the exact need may still fit.
        if (TryGrow(Length + Math.Max(bytes, GrowBytes)) is not null && TryGrow(Length + bytes) is { } why)
            throw new JournalException(why);
    }

    private string? TryGrow(long target)
    {
        if (target > _maximumBytes)
            return $"the journal has reached its limit of {_maximumBytes} bytes";
        var error = LibC.Allocate((int)_handle.DangerousGetHandle(), _allocated, target - _allocated);
        if (error != 0)
            return $"no room for the journal: {Marshal.GetPInvokeErrorMessage(error)}";
        _allocated = target;
        return null;
    }

    /// <summary>Writes whole lines and makes them durable.</summary>
    internal void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            RandomAccess.Write(_handle, lines, Length);
            Sync(_handle);
        }
        catch (Exception error) when (error is IOException or Win32Exception)
        {
            // What was refused must not be read back as if it had counted.
            RandomAccess.SetLength(_handle, Length);
            _allocated = Length;
            throw new JournalException($"the journal cannot be written: {error.Message}", error);
        }

        Length += lines.Length;
        _allocated = Math.Max(_allocated, Length);
    }

    /// <summary>Makes a new or renamed file findable after a crash of the machine.</summary>
    internal static void MakeNameDurable(string path)
    {
        using var folder = OwnedFd.Open(Path.GetDirectoryName(path)!, 0);
        Sync(folder);
    }

    public void Dispose() => _handle.Dispose();

    private static void Sync(SafeFileHandle handle)
    {
        if (LibC.FileDataSync((int)handle.DangerousGetHandle()) != 0)
            throw OwnedFd.Failed("fdatasync");
    }
}
