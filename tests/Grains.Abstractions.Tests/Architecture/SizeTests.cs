namespace Cavra.Actors.Grains.Abstractions.Architecture;

/// <summary>The limits of STYLE.md: files that one can read in one go, tests that never sleep.</summary>
public class SizeTests
{
    [Theory]
    [InlineData("src", 400)]
    [InlineData("bench", 400)]
    [InlineData("tests", 500)]
    public void File_StaysBelowItsHardStop(string folder, int limit) =>
        SourceTree.Files(folder).Select(f => (File: f, SourceTree.Lines(f).Length)).Where(f => f.Length > limit).ShouldBeEmpty();

    [Fact]
    public void Tests_NeverSleep() =>
        SourceTree.Mentions(SourceTree.Files("tests").Where(f => !f.EndsWith("/SizeTests.cs", StringComparison.Ordinal) && !f.EndsWith("/GrainCodeTests.cs", StringComparison.Ordinal)),
            "Task.Delay(", "Thread.Sleep(").Where(m => !IsVirtual(m)).ShouldBeEmpty();

    // A delay on a given clock passes by itself in virtual time.
    private static bool IsVirtual(string mention) =>
        mention.Split(':') is [var file, var line, ..] && SourceTree.Lines(file)[int.Parse(line) - 1].Contains(", time)", StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void Folders_AreNamedForTheDomain()
    {
        string[] kinds = ["Helpers", "Utils", "Managers", "Common", "Models", "Services", "Misc"];
        SourceTree.Files("src").Where(f => f.Split('/')[..^1].Intersect(kinds, StringComparer.OrdinalIgnoreCase).Any()).ShouldBeEmpty();
    }
}
