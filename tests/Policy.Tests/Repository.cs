namespace Cavra.Actors;

/// <summary>Files of the repository that tests read where they lie.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find(string folder) =>
        System.IO.File.Exists(Path.Combine(folder, "Cavra.Actors.sln")) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? Find(parent) : throw new InvalidOperationException("no Cavra.Actors.sln above the tests");
}
