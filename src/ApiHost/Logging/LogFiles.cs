using Cavra.Actors.Installation;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace Cavra.Actors.ApiHost.Logging;

/// <summary>Where the host's log lines go: <c>LOGS/api.log</c>, and standard output when that is not a terminal (details, "Logs").</summary>
internal static class LogFiles
{
    private const long FileLimitBytes = 64L << 20;
    private const int FilesKept = 5;

    /// <summary>The loggers of all hosts in this process.</summary>
    public static ILoggerFactory Open(DataDirectory data, IConfiguration configuration)
    {
        var minimum = configuration["LOG_LEVEL"]?.Trim().ToUpperInvariant() switch
        {
            "TRACE" => LogEventLevel.Verbose,
            "DEBUG" => LogEventLevel.Debug,
            "WARN" => LogEventLevel.Warning,
            "ERROR" => LogEventLevel.Error,
            _ => LogEventLevel.Information,
        };
        var formatter = new JsonLineFormatter();
        var logs = new LoggerConfiguration()
            .MinimumLevel.Is(minimum)
            .MinimumLevel.Override("Microsoft", minimum < LogEventLevel.Information ? minimum : LogEventLevel.Warning)
            .Enrich.FromLogContext()
            .WriteTo.File(formatter, Path.Combine(data.Logs, "api.log"), fileSizeLimitBytes: FileLimitBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: FilesKept, buffered: false);
        if (Console.IsOutputRedirected && configuration["LOG_STDOUT"] != "off") logs = logs.WriteTo.Console(formatter);
        return new SerilogLoggerFactory(logs.CreateLogger(), dispose: true);
    }
}
