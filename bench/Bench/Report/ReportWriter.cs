using System.Text.Json;
using Spectre.Console;

namespace Cavra.Actors.Bench.Report;

/// <summary>Prints the table and writes the JSON.</summary>
internal static class ReportWriter
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    internal static void Table(IEnumerable<Measurement> measurements)
    {
        var table = new Table().AddColumns("scenario", "measured", "value", "unit", "aim", "");
        table.Columns[2].RightAligned();
        foreach (var m in measurements)
        {
            var mark = m.Met switch { true => "[green]met[/]", false => "[red]missed[/]", null => "" };
            table.AddRow(Markup.Escape(m.Scenario), Markup.Escape(m.Name), m.Value.ToString("#,0.##"), m.Unit, Markup.Escape(m.Aim ?? ""), mark);
        }

        AnsiConsole.Write(table);
    }

    internal static void File(string path, IReadOnlyList<Measurement> measurements) =>
        System.IO.File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            Machine = new { Cores = Environment.ProcessorCount, Os = System.Runtime.InteropServices.RuntimeInformation.OSDescription },
            At = DateTimeOffset.UtcNow,
            Measurements = measurements,
        }, Json) + "\n");
}
