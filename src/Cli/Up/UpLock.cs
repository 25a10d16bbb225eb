using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary>Keeps a second <c>up</c> (and a <c>reset</c>) away from a data directory that is in use. The kernel releases it when we die.</summary>
internal sealed class UpLock : IDisposable
{
    private readonly FileStream _file;

    private UpLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null when another process has it.</summary>
    internal static UpLock? TryTake(DataDirectory data)
    {
        data.Create();
        try
        {
            return new UpLock(new FileStream(data.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
