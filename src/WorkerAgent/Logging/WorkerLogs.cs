using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;

namespace Cavra.Actors.WorkerAgent.Logging;

/// <summary>Where the worker's log lines go: the file of <c>--log</c>, and standard output when that is not a terminal.</summary>
internal static class WorkerLogs
{
    private const long FileBytes = 64L << 20;
    private const int FilesKept = 5;

    internal static ILoggerFactory Open(string workerId, string? file, string? level)
    {
        var lines = new JsonLines(workerId);
        var logs = new LoggerConfiguration().MinimumLevel.Is(Level(level)).MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        if (file is not null)
            logs.WriteTo.File(lines, file, fileSizeLimitBytes: FileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: FilesKept);
        if (file is null || Console.IsOutputRedirected)
            logs.WriteTo.Console(lines);
        var logger = logs.CreateLogger();
        return LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddSerilog(logger, dispose: true));
    }

    private static LogEventLevel Level(string? text) => text?.Trim().ToUpperInvariant() switch
    {
        "TRACE" => LogEventLevel.Verbose,
        "DEBUG" => LogEventLevel.Debug,
        "WARN" => LogEventLevel.Warning,
        "ERROR" => LogEventLevel.Error,
        _ => LogEventLevel.Information,
    };
}
