using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Cavra.Actors.Cli.Terminal;

/// <summary>A column of a table: its heading and how it reads a row.</summary>
internal sealed record Column(string Heading, Func<JsonElement, string> Read)
{
    internal Column(string heading, string path)
        : this(heading, row => row.Text(path))
    {
    }
}

/// <summary>Writes answers: as JSON for programs (<c>-o json</c>), as tables and lines for people.</summary>
internal sealed class Printer(CliContext context, bool json)
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Whether the answer is to be printed as JSON.</summary>
    internal bool Json { get; } = json;

    /// <summary>A console that writes to the command's output.</summary>
    internal IAnsiConsole Console { get; } = CreateConsole(context);

    /// <summary>A JSON document. Everything but ASCII is escaped: safe on a terminal, the same for programs.</summary>
    internal void Document(JsonElement document, bool indented = true)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, indented ? Indented : default)) document.WriteTo(writer);
        context.Out.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>A line of text, made harmless.</summary>
    internal void Line(string text) => context.Out.WriteLine(SafeText.Line(text));

    /// <summary>A remark that is no result: to the error stream.</summary>
    internal void Remark(string text) => context.Error.WriteLine(SafeText.Line(text));

    /// <summary>A table, or the remark when there are no rows.</summary>
    internal void Table(IEnumerable<JsonElement> rows, string whenEmpty, params Column[] columns)
    {
        var table = new Table().Border(TableBorder.None).Collapse();
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column.Heading, new Style(decoration: Decoration.Bold))).PadRight(2));
        foreach (var row in rows) table.AddRow(columns.Select(c => new Text(SafeText.Line(c.Read(row)))));
        if (table.Rows.Count == 0) Remark(whenEmpty);
        else Console.Write(table);
    }

    /// <summary>Several lines, made harmless and set in.</summary>
    internal void Block(string text)
    {
        foreach (var line in text.TrimEnd('\n').Split('\n')) Line("    " + line.TrimEnd('\r'));
    }

    /// <summary>Names and values, one pair per line; pairs without a value are left out.</summary>
    internal void Facts(params (string Name, string Value)[] facts)
    {
        var width = facts.Max(f => f.Name.Length);
        foreach (var (name, value) in facts.Where(f => f.Value.Length > 0)) Line($"{name.PadRight(width)}  {value}");
    }

    private static IAnsiConsole CreateConsole(CliContext context)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = context.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = context.IsTerminal && context.Variable("NO_COLOR") is null ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(context.Out),
        });
        console.Profile.Width = context.Width;
        console.Profile.Height = Math.Max(context.Height, 1);
        return console;
    }
}
