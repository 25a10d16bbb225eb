using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cavra.Actors.Wire;
using Cavra.Actors.Workers;

namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>The agent port of an orchestrator: HTTPS and WebSocket, both with the worker's client certificate (contract, section Agent port).</summary>
internal sealed partial class HttpAgentServer : IAgentServer
{
    // Answers come within milliseconds; a call that takes longer has met a lost network.
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private readonly string _name;
    private readonly Uri _address;
    private readonly TimeSpan _ping;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _socketInvoker;
    private readonly HttpClient _http;
    private readonly Action<string> _badFrame;
    private string _channel;

    /// <param name="address">Base address, e.g. <c>https://cavra.example:8443</c>.</param>
    /// <param name="certificate">The worker's own; its CN is <paramref name="name"/>.</param>
    /// <param name="authority">Signs the orchestrator's certificate; no other root is trusted.</param>
    /// <param name="ping">Between two pings on the channel; three without an answer lose it.</param>
    internal HttpAgentServer(
        string name, Uri address, X509Certificate2 certificate, X509Certificate2Collection authority, TimeSpan ping, Action<string> badFrame)
    {
        (_name, _address, _ping, _badFrame) = (name, address, ping, badFrame);
        _channel = $"/ws/agents/{Uri.EscapeDataString(name)}";
        _handler = new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ConnectTimeout = CallLimit,
            SslOptions = Tls(certificate, authority),
            UseProxy = false,
        };
        _socketInvoker = new HttpMessageInvoker(_handler, disposeHandler: false);
        _http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = address, Timeout = CallLimit };
    }

    /// <inheritdoc/>
    public string Description => _address.ToString();

    /// <inheritdoc/>
    public async Task<AgentTiming> Register(AgentRegistration registration, CancellationToken cancel)
    {
        using var answer = await Call(() => _http.PostAsJsonAsync("/api/v1/agent/register", registration, Info<AgentRegistration>(), cancel));
        await ThrowIfRefused(answer, cancel);
        var registered = await answer.Content.ReadFromJsonAsync(AnswerJson.Default.RegisterAnswer, cancel)
            ?? throw new AgentServerException("unreachable", "an empty answer to register");
        if (registered.Channel is { Length: > 0 } channel)
            _channel = channel;
        return new AgentTiming(
            registered.HeartbeatIntervalS is > 0 and var beat ? TimeSpan.FromSeconds(beat) : AgentTiming.Default.Heartbeat,
            registered.OfflineAfterS is > 0 and var offline ? TimeSpan.FromSeconds(offline) : AgentTiming.Default.OfflineAfter);
    }

    /// <inheritdoc/>
    public async Task<HeartbeatReply> Heartbeat(AgentHeartbeat heartbeat, CancellationToken cancel)
    {
        using var answer = await Call(() => _http.PostAsJsonAsync("/api/v1/agent/heartbeat", heartbeat, Info<AgentHeartbeat>(), cancel));
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return new HeartbeatReply(null, []);
        await ThrowIfRefused(answer, cancel);
        return await answer.Content.ReadFromJsonAsync(Info<HeartbeatReply>(), cancel) ?? new HeartbeatReply(null, []);
    }

    /// <inheritdoc/>
    public async Task<IAgentLink> Connect(CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol(FrameCodec.BatchProtocol);
            socket.Options.KeepAliveInterval = _ping;
            socket.Options.KeepAliveTimeout = 3 * _ping;
            var address = new UriBuilder(new Uri(_address, _channel)) { Scheme = "wss" }.Uri;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(CallLimit);
            await socket.ConnectAsync(address, _socketInvoker, limit.Token);
            return new WebSocketAgentLink(socket, _badFrame);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            socket.Dispose();
            throw new AgentServerException("unreachable", $"the channel cannot be opened: {Reason(error)}", error);
        }
    }

    /// <inheritdoc/>
    public async Task Drain(CancellationToken cancel)
    {
        using var answer = await Call(() => _http.PostAsync(new Uri($"/api/v1/agent/{Uri.EscapeDataString(_name)}/drain", UriKind.Relative), null, cancel));
        await ThrowIfRefused(answer, cancel);
    }

    /// <inheritdoc/>
    public async Task<bool> Unregister(CancellationToken cancel)
    {
        using var answer = await Call(() => _http.DeleteAsync(new Uri($"/api/v1/agent/{Uri.EscapeDataString(_name)}", UriKind.Relative), cancel));
        if (answer.StatusCode == HttpStatusCode.Conflict)
            return false;
        if (answer.StatusCode != HttpStatusCode.NotFound)
            await ThrowIfRefused(answer, cancel);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _socketInvoker.Dispose();
        _handler.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SslClientAuthenticationOptions Tls(X509Certificate2 certificate, X509Certificate2Collection authority) => new()
    {
        ClientCertificates = [certificate],
        LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = Trust(authority),
    };

    private static X509ChainPolicy Trust(X509Certificate2Collection authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authority);
        return policy;
    }

    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> Info<T>() =>
        (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)WireJson.Options.GetTypeInfo(typeof(T));

    private static async Task<HttpResponseMessage> Call(Func<Task<HttpResponseMessage>> call)
    {
        try
        {
            return await call();
        }
        catch (HttpRequestException error)
        {
            throw new AgentServerException("unreachable", Reason(error), error);
        }
        catch (TaskCanceledException error) when (error.InnerException is TimeoutException)
        {
            throw new AgentServerException("unreachable", $"no answer within {CallLimit.TotalSeconds:0} s", error);
        }
    }

    private static async Task ThrowIfRefused(HttpResponseMessage answer, CancellationToken cancel)
    {
        if (answer.IsSuccessStatusCode)
            return;
        ProblemAnswer? problem = null;
        try
        {
            problem = await answer.Content.ReadFromJsonAsync(AnswerJson.Default.ProblemAnswer, cancel);
        }
        catch (Exception error) when (error is JsonException or HttpRequestException)
        {
            // Not a problem document: the status has to do.
        }

        throw new AgentServerException(problem?.Code ?? "unavailable", problem?.Detail ?? $"the orchestrator answered {(int)answer.StatusCode}");
    }

    private static string Reason(Exception error)
    {
        while (error.InnerException is { } inner)
            error = inner;
        return error.Message;
    }

    private sealed record RegisterAnswer(double HeartbeatIntervalS, double OfflineAfterS, string? Channel);

    private sealed record ProblemAnswer(string? Code, string? Detail);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(RegisterAnswer))]
    [JsonSerializable(typeof(ProblemAnswer))]
    private sealed partial class AnswerJson : JsonSerializerContext;
}
