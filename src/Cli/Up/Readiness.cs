using System.Net;
using Cavra.Actors.Cli.Connection;
using Cavra.Actors.Cli.Terminal;
using Cavra.Actors.Installation;

namespace Cavra.Actors.Cli.Up;

/// <summary>Waits until an installation answers.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);

    /// <summary>Waits for <c>dev.json</c> and for <c>/readyz</c>.</summary>
    /// <exception cref="CliFailureException">The API host ended, or was not ready in time.</exception>
    internal static async Task<DevFile> WaitForApiAsync(CliContext context, LocalInstallation installation, Child api, TimeSpan limit, CancellationToken stop)
    {
        var started = context.Time.GetTimestamp();
        var said = TimeSpan.Zero;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        while (true)
        {
            if (api.HasExited) throw Failed(installation, $"the API host ended with code {api.ExitCode}", api);
            if (DevFile.Read(installation.Data.DevFile) is { } dev && await IsReadyAsync(http, dev, stop)) return dev;
            var waited = context.Time.GetElapsedTime(started);
            if (waited > limit) throw Failed(installation, $"the API host is not ready after {limit.TotalSeconds:0} s", api);
            if (waited - said >= SayEvery)
            {
                said = waited;
                await context.Out.WriteLineAsync($"cavra: still starting ({waited.TotalSeconds:0} s)");
            }
            await context.Delay(Tick, stop);
        }
    }

    /// <summary>Waits until the local workers have joined; false when they have not in time.</summary>
    internal static async Task<bool> WaitForWorkersAsync(CliContext context, DevFile dev, int workers, TimeSpan limit, CancellationToken stop)
    {
        if (workers == 0) return true;
        var started = context.Time.GetTimestamp();
        using var api = new ApiClient(new ApiTarget(new Uri(dev.Api), dev.Tokens["viewer"]));
        while (context.Time.GetElapsedTime(started) < limit)
        {
            try
            {
                var page = await api.GetAsync("/api/v1/workers?limit=200", stop);
                if (page.Items("items").Count(w => w.Text("worker_id").StartsWith("local-", StringComparison.Ordinal) && w.Text("state") is not "offline") >= workers) return true;
            }
            catch (CliFailureException)
            {
                // Not up again yet; the limit ends the waiting.
            }
            await context.Delay(Tick, stop);
        }
        return false;
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, DevFile dev, CancellationToken stop)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(new Uri(dev.Api), "/readyz"), stop);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    private static CliFailureException Failed(LocalInstallation installation, string what, Child api)
    {
        var words = api.LastWords();
        var text = words.Count > 0 ? ":\n  " + string.Join("\n  ", words) : ".";
        return new CliFailureException($"{what}{text}\n  its log: {Path.Combine(installation.Data.Logs, "api.log")}");
    }
}
