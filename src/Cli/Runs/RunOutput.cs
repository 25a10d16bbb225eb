using System.CommandLine;
using System.Text;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;

namespace Cavra.Actors.Cli.Runs;

/// <summary><c>cavra run output</c>: a step's stored output, whole.</summary>
internal static class RunOutput
{
    private const int PageBytes = 1 << 20;

    internal static Command Create(CliContext context)
    {
        var id = RunCommands.Id();
        var step = new Option<int>("--step", "-s") { Description = "The step's number.", Required = true, HelpName = "N" };
        var stream = new Option<string>("--stream") { Description = "Which stream.", DefaultValueFactory = _ => "all", HelpName = "stdout|stderr|all" };
        stream.AcceptOnlyFromAmong("stdout", "stderr", "all");
        var command = new Command("output", "Print what a step wrote (redacted). As stored when written to a file or pipe, control characters escaped on a terminal.") { id, step, stream };
        return command.Acting(context, "viewer", async call =>
        {
            var decoder = new UTF8Encoding(false).GetDecoder();
            var characters = new char[PageBytes + 1];
            long offset = 0;
            while (true)
            {
                var path = RunCommands.Path(call.Value(id), $"/steps/{call.Value(step)}/output?stream={call.Value(stream)}&offset={offset}&limit={PageBytes}");
                var bytes = await call.Api.BytesAsync(path, call.Stop);
                for (var at = 0; at < bytes.Length; at += PageBytes)
                {
                    var count = decoder.GetChars(bytes.AsSpan(at, Math.Min(PageBytes, bytes.Length - at)), characters, flush: false);
                    Write(context, new string(characters, 0, count));
                }
                offset += bytes.Length;
                if (bytes.Length < PageBytes) return ExitCodes.Ok;
            }
        });
    }

    private static void Write(CliContext context, string text) => context.Out.Write(context.IsTerminal ? SafeText.Block(text) : text);
}
