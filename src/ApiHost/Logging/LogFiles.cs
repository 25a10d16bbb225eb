using Cavra.Actors.Installation;
using Serilog;
using Serilog.Events;

namespace Cavra.Actors.ApiHost.Logging;

/// <summary>Where the host's log lines go: <c>LOGS/api.log</c>, and standard output when that is not a terminal (details, "Logs").</summary>
internal static class LogFiles
{
    private const long FileLimitBytes = 64L << 20;
    private const int FilesKept = 5;

    /// <summary>Replaces the framework's log providers.</summary>
    public static void AddJsonLogs(this WebApplicationBuilder builder, DataDirectory data)
    {
        builder.Logging.ClearProviders();
        var minimum = builder.Configuration["LOG_LEVEL"]?.Trim().ToUpperInvariant() switch
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
        if (Console.IsOutputRedirected && builder.Configuration["LOG_STDOUT"] != "off") logs = logs.WriteTo.Console(formatter);
        builder.Logging.AddSerilog(logs.CreateLogger(), dispose: true);
        builder.Logging.SetMinimumLevel(minimum <= LogEventLevel.Verbose ? LogLevel.Trace : minimum == LogEventLevel.Debug ? LogLevel.Debug : LogLevel.Information);
    }
}
