using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Cavra.Actors.ApiHost.Tests.Support;

/// <summary>A caller of the API.</summary>
internal sealed class ApiClient(HttpClient http)
{
    public HttpClient Http => http;

    public string Token => http.DefaultRequestHeaders.Authorization!.Parameter!;

    public Task<ApiAnswer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public Task<ApiAnswer> Delete(string path) => Send(HttpMethod.Delete, path, null);

    public Task<ApiAnswer> Post(string path, object? body, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body), headers);

    public Task<ApiAnswer> Put(string path, object body, params (string Name, string Value)[] headers) => Send(HttpMethod.Put, path, JsonContent.Create(body), headers);

    public Task<ApiAnswer> Put(string path, string text, string type, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Put, path, new StringContent(text, Encoding.UTF8, type), headers);

    /// <summary>Posts text as it is.</summary>
    public Task<ApiAnswer> PostRaw(string path, string text, string type = "application/json") => Send(HttpMethod.Post, path, new StringContent(text, Encoding.UTF8, type));

    public async Task<ApiAnswer> Send(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new ApiAnswer((int)response.StatusCode, text, response.Content.Headers.ContentType?.MediaType, response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Waits until a session has an event of a type.</summary>
    public async Task UntilEvent(long session, string type)
    {
        long since = 0;
        for (var round = 0; round < 20; round++)
        {
            var page = await Get($"/api/v1/executions/{session}/events?since={since}&wait=5");
            if (page["events"].EnumerateArray().Any(e => e.GetProperty("event").GetString() == type)) return;
            since = page["next"].GetInt64();
        }

        throw new TimeoutException($"session {session} has no {type}");
    }

    /// <summary>Reads a session until it is in one of some states.</summary>
    public async Task<JsonElement> Until(long session, params string[] states)
    {
        var bound = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        long since = 0;
        while (true)
        {
            var answer = await Get($"/api/v1/executions/{session}");
            answer.Status.ShouldBe(200, answer.Text);
            if (states.Contains(answer["state"].GetString())) return answer.Json;
            if (DateTime.UtcNow > bound) throw new TimeoutException($"session {session} is {answer["state"]}, not {string.Join(" or ", states)}: {answer.Text}");
            // Waits for the session's next event, not for time.
            since = Math.Max(since, answer["last_event_seq"].GetInt64());
            await Get($"/api/v1/executions/{session}/events?since={since}&wait=5&limit=1");
        }
    }
}

/// <summary>An answer, read.</summary>
internal sealed record ApiAnswer(int Status, string Text, string? Type, Dictionary<string, string> Headers)
{
    private JsonElement? _json;

    public JsonElement Json => _json ??= JsonDocument.Parse(Text).RootElement;

    public JsonElement this[string name] => Json.GetProperty(name);

    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary>Holds that this is a problem document of a code.</summary>
    public ApiAnswer ShouldBeProblem(int status, string code)
    {
        Status.ShouldBe(status, Text);
        Type.ShouldBe("application/problem+json", Text);
        Code.ShouldBe(code, Text);
        Json.GetProperty("status").GetInt32().ShouldBe(status);
        Json.GetProperty("type").GetString().ShouldNotBeNullOrEmpty();
        Json.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        Json.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        Json.GetProperty("trace_id").GetString()!.Length.ShouldBe(32);
        return this;
    }

    /// <summary>Holds that this is a 400 that names a field.</summary>
    public ApiAnswer ShouldName(string field)
    {
        ShouldBeProblem(400, "validation_failed");
        Json.GetProperty("errors").GetProperty(field).GetArrayLength().ShouldBeGreaterThan(0);
        return this;
    }
}
