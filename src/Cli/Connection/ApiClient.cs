using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Cavra.Actors.Cli.Connection;

/// <summary>The public HTTP API. Every refusal becomes a <see cref="CliFailureException"/> that a person understands.</summary>
internal sealed class ApiClient : IDisposable
{
    // Longer than any answer takes (long polls end after 25 s), shorter than a person's patience with a dead server.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;

    internal ApiClient(ApiTarget target)
    {
        Target = target;
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), AllowAutoRedirect = false }) { Timeout = Timeout };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", target.Token);
    }

    internal ApiTarget Target { get; }

    internal Task<JsonElement> GetAsync(string path, CancellationToken stop) => JsonAsync(HttpMethod.Get, path, null, null, stop);

    /// <summary>A changing call with a JSON body; the key makes a repeat harmless.</summary>
    internal Task<JsonElement> PostAsync(string path, Action<Utf8JsonWriter> members, string? idempotencyKey, CancellationToken stop) =>
        JsonAsync(HttpMethod.Post, path, JsonBody(members), idempotencyKey, stop);

    /// <summary>A call with a body of another kind.</summary>
    internal Task<JsonElement> SendAsync(HttpMethod method, string path, HttpContent body, CancellationToken stop) => JsonAsync(method, path, body, null, stop);

    /// <summary>Bytes of a text answer.</summary>
    internal async Task<byte[]> BytesAsync(string path, CancellationToken stop)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, path, null, null, stop);
        return IsSuccess(status) ? body : throw Problem.From(status, body);
    }

    public void Dispose() => _http.Dispose();

    private static bool IsSuccess(HttpStatusCode status) => (int)status is >= 200 and < 300;

    private static ByteArrayContent JsonBody(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return new ByteArrayContent(buffer.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    private async Task<JsonElement> JsonAsync(HttpMethod method, string path, HttpContent? body, string? idempotencyKey, CancellationToken stop)
    {
        var (status, answer) = await SendAsync(method, path, body, idempotencyKey, stop);
        if (!IsSuccess(status)) throw Problem.From(status, answer);
        try
        {
            using var document = JsonDocument.Parse(answer.Length > 0 ? answer : "{}"u8.ToArray());
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new CliFailureException($"{Target.Api} answered {path} with something that is not JSON: {Start(answer)}. Is that the Cavra API?");
        }
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> SendAsync(HttpMethod method, string path, HttpContent? body, string? idempotencyKey, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, Target.Api.AbsoluteUri.TrimEnd('/') + path) { Content = body };
        if (idempotencyKey is not null && !request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey))
            throw new CliFailureException("this idempotency key cannot be sent as a header.", ExitCodes.Usage);
        try
        {
            using var response = await _http.SendAsync(request, stop);
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(stop));
        }
        catch (HttpRequestException e)
        {
            throw new CliFailureException($"cannot reach the API at {Target.Api}: {e.Message} Is `./cavra up` running?");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new CliFailureException($"{Target.Api} did not answer within {Timeout.TotalSeconds:0} s.");
        }
    }

    private static string Start(byte[] answer) => Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(80, answer.Length)));
}
