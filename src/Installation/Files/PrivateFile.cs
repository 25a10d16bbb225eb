namespace Cavra.Actors.Installation;

/// <summary>Files that only their owner may read, and that are never half written.</summary>
public static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a file with mode 0600 and puts it in place in one step: a reader sees the old content or the new.</summary>
    public static void Write(string path, string content)
    {
        var folder = Path.GetDirectoryName(path)!;
        CreateFolder(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.{Path.GetRandomFileName()}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using (var writer = new StreamWriter(temporary, options)) writer.Write(content);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Makes a folder (mode 0700) unless it is there. Of a data directory's own folders, call <see cref="DataDirectory.Create"/> first.</summary>
    public static void CreateFolder(string folder)
    {
        if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
    }

    /// <summary>
    /// Reads a file, or makes it when it is absent. Of two processes that make it at the same time one wins and both get its content.
    /// </summary>
    public static string ReadOrCreate(string path, Func<string> create)
    {
        if (File.Exists(path)) return File.ReadAllText(path);
        var made = path + "." + Path.GetRandomFileName();
        Write(made, create());
        try
        {
            File.Move(made, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(made);
        }
        return File.ReadAllText(path);
    }
}
