namespace Cavra.Actors.Testing.Documents;

/// <summary>A page under docs/ that a test makes from the code: the test fails when the page says something else than the code does.</summary>
public static class GeneratedDocument
{
    /// <summary>Set to 1, tests write the pages instead of comparing them.</summary>
    public const string WriteVariable = "CAVRA_WRITE_DOCS";

    /// <summary>The checkout's root: the folder of the solution file above the test's binaries.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Compares <paramref name="path"/> (below the root) with what the code says; null when they agree, else what to do.</summary>
    public static string? Difference(string path, string content)
    {
        var file = Path.Combine(Root, path);
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
            return null;
        }

        return File.Exists(file) && File.ReadAllText(file) == content
            ? null
            : $"{path} is not what the code says; run the test with {WriteVariable}=1 and read the difference.";
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cavra.Actors.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests do not run inside a checkout");
    }
}
