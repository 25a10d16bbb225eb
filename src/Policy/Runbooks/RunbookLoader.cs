using System.Text;
using Cavra.Actors.Runbooks.Reading;
using Cavra.Actors.Runbooks.Schema;

namespace Cavra.Actors.Runbooks;

/// <summary>How a runbook's text is written.</summary>
public enum RunbookFormat
{
    /// <summary>YAML 1.2 core schema, one document, no tags.</summary>
    Yaml,

    /// <summary>Strict JSON.</summary>
    Json,
}

/// <summary>A read document: the runbook when there is no problem, else every problem found, in document order (at most 50 and a count).</summary>
/// <param name="Runbook">The runbook, or null when there are problems.</param>
/// <param name="Problems">What is wrong.</param>
public sealed record LoadedRunbook(Runbook? Runbook, IReadOnlyList<RunbookProblem> Problems)
{
    /// <summary>True when there is a runbook.</summary>
    public bool Valid => Runbook is not null;
}

/// <summary>
/// Reads runbooks (contract, section Runbooks). Bounds: 256 KiB, 20 levels, 20,000 values with aliases counted as copies, 200 steps.
/// Never throws for bad input.
/// </summary>
public static class RunbookLoader
{
    /// <summary>Largest document, bytes of UTF-8.</summary>
    public const int MaxBytes = TreeLimits.Bytes;

    /// <summary>The format a content type means: JSON for <c>application/json</c> and <c>+json</c>, else YAML.</summary>
    public static RunbookFormat FormatOf(string? contentType) =>
        contentType is not null && contentType.Contains("json", StringComparison.OrdinalIgnoreCase) ? RunbookFormat.Json : RunbookFormat.Yaml;

    /// <summary>Reads a document.</summary>
    public static LoadedRunbook Load(string text, RunbookFormat format = RunbookFormat.Yaml)
    {
        var problems = new ProblemList();
        var root = ReadTree(text, format, problems);
        if (root is null)
            return new LoadedRunbook(null, problems.ToList());
        new ShapeChecker(problems).Check(root, RunbookShapes.Runbook, "");
        var runbook = root is RawMap map ? RunbookBinder.Bind(map) : null;
        if (runbook is not null)
            new RunbookRules(problems, root).Check(runbook);
        if (!problems.Any)
            CheckNormalForm(runbook!, root.Mark, problems);
        return problems.Any ? new LoadedRunbook(null, problems.ToList()) : new LoadedRunbook(runbook, []);
    }

    /// <summary>Reads a document of bytes; anything but UTF-8 is a problem, not an exception.</summary>
    public static LoadedRunbook Load(ReadOnlySpan<byte> utf8, RunbookFormat format = RunbookFormat.Yaml)
    {
        if (utf8.Length > MaxBytes)
            return new LoadedRunbook(null, [TooLarge(utf8.Length)]);
        try
        {
            return Load(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8), format);
        }
        catch (DecoderFallbackException error)
        {
            var mark = new LineIndex(utf8).At(Math.Max(0, error.Index));
            return new LoadedRunbook(null, [new RunbookProblem(mark.Line, mark.Column, "", "Not valid UTF-8.")]);
        }
    }

    /// <summary>The normal form spells out defaults; it is what is stored and must be readable under the same bounds.</summary>
    private static void CheckNormalForm(Runbook runbook, Mark mark, ProblemList problems)
    {
        var again = new ProblemList();
        if (ReadTree(RunbookCanonical.ToJson(runbook), RunbookFormat.Json, again) is null)
            problems.Add(mark, "", "With its defaults spelt out the document is too large: " + again.ToList()[0].Message);
    }

    private static RawNode? ReadTree(string text, RunbookFormat format, ProblemList problems)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        if (size > MaxBytes)
        {
            var problem = TooLarge(size);
            problems.Add(Mark.Start, problem.Path, problem.Message);
            return null;
        }

        var start = text.StartsWith('\uFEFF') ? text[1..] : text;
        return format == RunbookFormat.Json ? JsonTree.Read(start, problems) : YamlTree.Read(start, problems);
    }

    private static RunbookProblem TooLarge(int size) => new(1, 1, "", $"The document has {size} bytes; at most {MaxBytes} are read.");
}
