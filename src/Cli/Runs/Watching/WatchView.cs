using System.Text.Json;
using Cavra.Actors.Cli.Connection;

namespace Cavra.Actors.Cli.Runs.Watching;

/// <summary>Where a watched run is shown.</summary>
internal abstract class WatchView : IAsyncDisposable
{
    /// <summary>Events as JSON lines, a live step list on a terminal, or plain lines everywhere else.</summary>
    internal static WatchView For(ApiCall call, WatchedRun run)
    {
        if (call.Printer.Json) return new JsonLinesView(call);
        return call.Context is { IsTerminal: true, Height: >= LiveView.LeastHeight } ? new LiveView(call, run) : new LineView(call.Printer.Line, call.Printer.Remark, run);
    }

    /// <summary>Shows an event; the run has moved on by it already.</summary>
    internal abstract void Show(JsonElement envelope);

    /// <summary>Says something about the watching itself.</summary>
    internal abstract void Remark(string text);

    /// <summary>Nothing more comes.</summary>
    internal virtual Task CloseAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>One envelope per line, for programs.</summary>
internal sealed class JsonLinesView(ApiCall call) : WatchView
{
    internal override void Show(JsonElement envelope) => call.Printer.Document(envelope, indented: false);

    internal override void Remark(string text) => call.Printer.Remark(text);
}
