using Cavra.Actors.Testing.Documents;

namespace Cavra.Actors.Grains.Abstractions.Architecture;

/// <summary>The checkout's own files.</summary>
internal static class SourceTree
{
    public static string Root => GeneratedDocument.Root;

    /// <summary>Source files below a folder, as paths relative to the root.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern = "*.cs") =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Root, f))
            .Where(f => !f.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules"))
            .Order(StringComparer.Ordinal)];

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>Lines with one of the texts, as <c>file:line: text</c>; comments do not count.</summary>
    public static List<string> Mentions(IEnumerable<string> files, params string[] texts) =>
        [.. from file in files
            from line in Lines(file).Index()
            let code = line.Item.Split("//", 2)[0]
            from text in texts
            where code.Contains(text, StringComparison.Ordinal)
            select $"{file}:{line.Index + 1}: {text}"];
}
