using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Cavra.Actors.ApiHost.Health;

/// <summary>
/// Counters of this process in Prometheus' text format: process, runtime, requests by status class, open sockets. The product's full set of spec 6.1
/// follows with telemetry.
/// </summary>
internal sealed class ProcessMetrics
{
    private readonly ConcurrentDictionary<int, Counter> _requests = new();
    private long _requestTicks;
    private int _eventSockets;
    private int _agentChannels;

    /// <summary>A request was answered.</summary>
    public void Answered(int status, TimeSpan duration)
    {
        Interlocked.Increment(ref _requests.GetOrAdd(status, static _ => new Counter()).Value);
        Interlocked.Add(ref _requestTicks, duration.Ticks);
    }

    /// <summary>An event socket opened (1) or closed (-1).</summary>
    public void EventSocket(int change) => Interlocked.Add(ref _eventSockets, change);

    /// <summary>An agent channel opened (1) or closed (-1).</summary>
    public void AgentChannel(int change) => Interlocked.Add(ref _agentChannels, change);

    /// <summary>All of it as text.</summary>
    public byte[] Render()
    {
        using var process = Process.GetCurrentProcess();
        var text = new StringBuilder(2048);
        Metric(text, "process_cpu_seconds_total", "counter", "CPU time of the process", process.TotalProcessorTime.TotalSeconds);
        Metric(text, "process_resident_memory_bytes", "gauge", "Resident memory", process.WorkingSet64);
        Metric(text, "process_start_time_seconds", "gauge", "Start of the process", new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000d);
        Metric(text, "dotnet_gc_heap_size_bytes", "gauge", "Managed heap", GC.GetTotalMemory(forceFullCollection: false));
        Metric(text, "dotnet_gc_pause_seconds_total", "counter", "Time in GC pauses", GC.GetTotalPauseDuration().TotalSeconds);
        Metric(text, "dotnet_threadpool_threads", "gauge", "Threads of the pool", ThreadPool.ThreadCount);
        Metric(text, "dotnet_threadpool_queue_length", "gauge", "Work items that wait", ThreadPool.PendingWorkItemCount);
        Metric(text, "websocket_active_sessions", "gauge", "Open event sockets", Volatile.Read(ref _eventSockets));
        Metric(text, "agent_channels_open", "gauge", "Open agent channels", Volatile.Read(ref _agentChannels));
        text.Append("# HELP http_requests_total Answered requests\n# TYPE http_requests_total counter\n");
        foreach (var (status, count) in _requests.OrderBy(r => r.Key))
            text.Append(CultureInfo.InvariantCulture, $"http_requests_total{{status=\"{status}\"}} {Volatile.Read(ref count.Value)}\n");
        Metric(text, "http_request_duration_seconds_sum", "counter", "Time spent on requests", TimeSpan.FromTicks(Interlocked.Read(ref _requestTicks)).TotalSeconds);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Metric(StringBuilder text, string name, string kind, string help, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");

    private sealed class Counter
    {
        public long Value;
    }
}
