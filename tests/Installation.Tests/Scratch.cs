namespace Cavra.Actors.Installation.Tests;

/// <summary>A fresh data directory, removed afterwards.</summary>
public abstract class Scratch : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cavra-installation-").FullName;

    protected DataDirectory Data => DataDirectory.From("data", _folder);

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
