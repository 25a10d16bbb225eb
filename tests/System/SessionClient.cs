using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cavra.Actors.Testing;

namespace Cavra.Actors.SystemTests;

/// <summary>What a person does over HTTP, patient with a host that is being killed and started again.</summary>
internal sealed class SessionClient(RunningInstallation installation) : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private readonly HttpClient _operator = installation.Client("operator");
    private readonly HttpClient _approver = installation.Client("approver");
    private readonly HttpClient _admin = installation.Client("admin");

    internal async Task Put(string id, string yaml)
    {
        using var content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using var answer = await _admin.PutAsync(new Uri($"/api/v1/runbooks/{id}", UriKind.Relative), content);
        answer.StatusCode.ShouldBeOneOf([HttpStatusCode.OK, HttpStatusCode.Created], await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Starts a session; repeats with the same idempotency key until the host answers.</summary>
    internal async Task<long> Start(string ticket, string runbook, string profile, JsonObject? inputs = null)
    {
        var body = new JsonObject { ["ticket_id"] = ticket, ["runbook_id"] = runbook, ["environment_profile"] = profile, ["inputs"] = inputs?.DeepClone() ?? new JsonObject() };
        var session = await Send(_operator, HttpMethod.Post, "/api/v1/executions", body, HttpStatusCode.Created, key: "start-" + ticket);
        return session["session_id"]!.GetValue<long>();
    }

    internal Task<JsonNode> Approve(long session, int step, bool approved = true) =>
        Send(_approver, HttpMethod.Post, $"/api/v1/executions/{session}/approve", new() { ["step_number"] = step, ["approved"] = approved, ["notes"] = "looked at it" }, HttpStatusCode.OK);

    internal Task<JsonNode> Directive(long session, string directive) =>
        Send(_operator, HttpMethod.Post, $"/api/v1/executions/{session}/directive", new() { ["directive"] = directive, ["reason"] = "system test" }, HttpStatusCode.OK, tolerate: HttpStatusCode.Conflict);

    internal Task<JsonNode> Get(long session) => Send(_operator, HttpMethod.Get, $"/api/v1/executions/{session}", null, HttpStatusCode.OK);

    /// <summary>Follows the events by long poll until one fits; answers all seen so far.</summary>
    internal async Task<List<JsonNode>> Follow(long session, Func<JsonNode, bool> until)
    {
        var seen = new List<JsonNode>();
        using var bound = new CancellationTokenSource(Bound);
        while (true)
        {
            bound.Token.ThrowIfCancellationRequested();
            var since = seen.Count == 0 ? 0 : seen[^1]["event_id"]!.GetValue<long>();
            var page = await Send(_operator, HttpMethod.Get, $"/api/v1/executions/{session}/events?since={since}&limit=1000&wait=20", null, HttpStatusCode.OK);
            foreach (var one in page["events"]!.AsArray())
            {
                seen.Add(one!);
                if (until(one!)) return seen;
            }

            if (page["end"]!.GetValue<bool>()) return seen;
        }
    }

    internal Task<List<JsonNode>> FollowToEnd(long session) => Follow(session, _ => false);

    public void Dispose()
    {
        _operator.Dispose();
        _approver.Dispose();
        _admin.Dispose();
    }

    // A host that is down or not ready yet is asked again; every repeat carries the same key.
    private static async Task<JsonNode> Send(HttpClient http, HttpMethod method, string path, JsonObject? body, HttpStatusCode expected, string? key = null, HttpStatusCode? tolerate = null)
    {
        key ??= Guid.NewGuid().ToString("N");
        using var bound = new CancellationTokenSource(Bound);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
                if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
                if (method == HttpMethod.Post) request.Headers.Add("Idempotency-Key", key);
                using var answer = await http.SendAsync(request, bound.Token);
                var text = await answer.Content.ReadAsStringAsync(bound.Token);
                var busy = answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
                    || (answer.StatusCode == HttpStatusCode.Conflict && text.Contains("idempotency_in_progress", StringComparison.Ordinal));
                if (!busy)
                {
                    if (answer.StatusCode != tolerate) answer.StatusCode.ShouldBe(expected, $"{method} {path}: {text}");
                    return JsonNode.Parse(text)!;
                }
            }
            catch (HttpRequestException)
            {
                // Down; up again soon.
            }

            await tick.WaitForNextTickAsync(bound.Token);
        }
    }
}
