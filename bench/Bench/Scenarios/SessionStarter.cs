using System.Text;
using System.Text.Json;
using Cavra.Actors.Testing;

namespace Cavra.Actors.Bench.Scenarios;

/// <summary>Starts single sessions for scenarios that look at one.</summary>
internal static class SessionStarter
{
    internal static async Task<long> Start(RunningInstallation installation, string runbook, string? prefer = null, CancellationToken cancellation = default)
    {
        using var http = installation.Client("operator");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/executions", UriKind.Relative))
        {
            Content = new StringContent($$"""{"ticket_id":"BENCH-{{Guid.NewGuid():N}}","runbook_id":"{{runbook}}","environment_profile":"dev-flex"}""", Encoding.UTF8, "application/json"),
        };
        if (prefer is not null) request.Headers.Add("Prefer", prefer);
        using var answer = await http.SendAsync(request, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"start of {runbook}: {(int)answer.StatusCode} {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.GetProperty("session_id").GetInt64();
    }

    /// <summary>Waits for the end by long poll; answers the final event's name.</summary>
    internal static async Task<string> AwaitEnd(RunningInstallation installation, long session, CancellationToken cancellation)
    {
        using var http = installation.Client("operator");
        var since = 0L;
        while (true)
        {
            using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/api/v1/executions/{session}/events?since={since}&limit=1000&wait=25", UriKind.Relative), cancellation));
            since = document.RootElement.GetProperty("next").GetInt64();
            if (document.RootElement.GetProperty("end").GetBoolean())
            {
                var events = document.RootElement.GetProperty("events");
                return events.GetArrayLength() > 0 ? events[events.GetArrayLength() - 1].GetProperty("event").GetString()! : "ended";
            }
        }
    }
}
