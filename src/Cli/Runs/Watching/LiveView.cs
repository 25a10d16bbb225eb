using System.Globalization;
using System.Text.Json;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cavra.Actors.Cli.Runs.Watching;

/// <summary>A terminal: output and events scroll by, the list of steps stays below and is drawn again with each event.</summary>
internal sealed class LiveView : WatchView
{
    /// <summary>Below this a terminal has no room for a live part; pseudo terminals of build machines often say 0 or 1.</summary>
    internal const int LeastHeight = 5;

    private readonly IAnsiConsole _console;
    private readonly WatchedRun _run;
    private readonly LineView _lines;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _display;
    private LiveDisplayContext? _live;

    internal LiveView(ApiCall call, WatchedRun run)
    {
        _console = call.Printer.Console;
        _run = run;
        _lines = new LineView(Above, Above, run);
        _display = _console.Live(Steps()).Overflow(VerticalOverflow.Ellipsis).StartAsync(async context =>
        {
            _live = context;
            context.Refresh();
            await _closed.Task;
        });
    }

    internal override void Remark(string text) => Above(text);

    internal override void Show(JsonElement envelope)
    {
        _lines.Show(envelope);
        if (envelope.Text("event") != "execution.step.output") _live?.UpdateTarget(Steps());
    }

    internal override async Task CloseAsync()
    {
        if (_closed.Task.IsCompleted) return;
        await _lines.CloseAsync();
        _live?.UpdateTarget(Steps());
        _closed.TrySetResult();
        await _display;
    }

    // Written while the live part is on: Spectre moves it down, but writes over its first line without clearing it. So the line is filled up.
    private void Above(string text)
    {
        var line = SafeText.Line(text);
        var width = Math.Max(_console.Profile.Width, 1);
        var cells = new Segment(line).CellCount();
        var rows = Math.Max((cells + width - 1) / width, 1);
        _console.WriteLine(line + new string(' ', Math.Max((rows * width) - 1 - cells, 0)));
    }

    private Rows Steps()
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().Collapse();
        table.AddColumn(new TableColumn("")).AddColumn(new TableColumn("")).AddColumn(new TableColumn("")).AddColumn(new TableColumn(""));
        var title = $"run {_run.Id} {_run.State}{(_run.Worker.Length > 0 ? " on " + _run.Worker : "")}";
        foreach (var step in _run.Steps)
        {
            var (mark, style) = Mark(step.State);
            table.AddRow(
                Cell(mark, style),
                Cell(step.Number.ToString(CultureInfo.InvariantCulture), Style.Plain),
                Cell(step.Name, Style.Plain),
                Cell(Outcome(step), style));
        }
        return new Rows(new Text(SafeText.Line(title), new Style(decoration: Decoration.Bold)), table);
    }

    private static Text Cell(string text, Style style) => new(SafeText.Line(text), style);

    private static string Outcome(WatchedStep step) => step.State switch
    {
        "succeeded" => string.Create(CultureInfo.InvariantCulture, $"{step.Milliseconds} ms"),
        "failed" => step.Reason.Length > 0 ? $"failed: {step.Reason}" : "failed",
        "pending" => "",
        var state => state.Replace('_', ' '),
    };

    private static (string Mark, Style Style) Mark(string state) => state switch
    {
        "succeeded" => ("✓", new Style(Color.Green)),
        "failed" => ("✗", new Style(Color.Red)),
        "running" => ("●", new Style(Color.Blue)),
        "awaiting_approval" => ("?", new Style(Color.Yellow)),
        "rolled_back" => ("↩", new Style(Color.Yellow)),
        _ => ("·", new Style(decoration: Decoration.Dim)),
    };
}
