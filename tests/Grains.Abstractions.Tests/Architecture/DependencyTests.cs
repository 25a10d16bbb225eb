using System.Collections.Immutable;
using System.Xml.Linq;

namespace Cavra.Actors.Grains.Abstractions.Architecture;

/// <summary>The arrows of ARCHITECTURE section 2 and ADR 0002. A new arrow is a decision: it is written there first, then here.</summary>
public class DependencyTests
{
    private static readonly ImmutableSortedDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        ["Embedded"] = [],
        ["Grains.Abstractions"] = ["Embedded"],
        ["Policy"] = ["Grains.Abstractions"],
        ["Grains"] = ["Grains.Abstractions", "Policy"],
        ["Storage"] = ["Grains"],
        ["Silo"] = ["Grains", "Installation", "Storage"],
        ["Installation"] = [],
        ["WorkerAgent"] = ["Grains.Abstractions", "Installation", "Policy"],
        ["ApiHost"] = ["Grains.Abstractions", "Installation", "Policy", "Silo", "WorkerAgent"],
        ["Cli"] = ["Grains.Abstractions", "Installation", "Policy"],
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    [Fact]
    public void EveryProject_ReferencesOnlyWhatItMaySee()
    {
        var wrong = new List<string>();
        foreach (var file in SourceTree.Files("src", "*.csproj"))
        {
            var project = Path.GetFileNameWithoutExtension(file);
            if (!Allowed.TryGetValue(project, out var allowed))
            {
                wrong.Add($"{project} is not in the list of projects");
                continue;
            }

            wrong.AddRange(References(file).Except(allowed, StringComparer.Ordinal).Select(r => $"{project} -> {r}"));
        }

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("src/Grains.Abstractions", "Cavra.Actors.Storage", "Cavra.Actors.Silo", "Cavra.Actors.ApiHost", "Cavra.Actors.WorkerAgent")]
    [InlineData("src/Grains", "Cavra.Actors.Storage", "Cavra.Actors.Silo", "Cavra.Actors.ApiHost", "Cavra.Actors.WorkerAgent", "Npgsql")]
    [InlineData("src/Policy", "Cavra.Actors.Storage", "Cavra.Actors.Silo", "Cavra.Actors.ApiHost", "Cavra.Actors.WorkerAgent", "Npgsql")]
    [InlineData("src/WorkerAgent", "Cavra.Actors.Storage", "Cavra.Actors.Silo", "Cavra.Actors.ApiHost", "Npgsql")]
    [InlineData("src/Cli", "Cavra.Actors.Storage", "Cavra.Actors.Silo", "Cavra.Actors.ApiHost", "Npgsql")]
    public void Folder_NamesNothingBeyondItsArrows(string folder, params string[] names) =>
        SourceTree.Mentions(SourceTree.Files(folder), [.. names.Select(n => $"using {n}")]).ShouldBeEmpty();

    [Fact]
    public void ApiHost_KnowsSiloAndStorageInItsHostingFolderOnly() =>
        SourceTree.Mentions(
            SourceTree.Files("src/ApiHost").Where(f => !f.StartsWith("src/ApiHost/Hosting/", StringComparison.Ordinal)),
            "using Cavra.Actors.Silo", "using Cavra.Actors.Storage", "using Npgsql").ShouldBeEmpty();

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(SourceTree.Root, project)).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
}
