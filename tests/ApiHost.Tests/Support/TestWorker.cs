using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Cavra.Actors.ApiHost.Tests.Support;

/// <summary>A worker made of frames: real TLS with a certificate of the host's CA, a real socket, and no steps behind it. The test says what it answers.</summary>
internal sealed class TestWorker : IAsyncDisposable
{
    private readonly Channel<JsonObject> _received = Channel.CreateUnbounded<JsonObject>();
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private Task _reading = Task.CompletedTask;
    private int _messages;

    private TestWorker(string id, HttpClient http, SslClientAuthenticationOptions tls) => (Id, Http, Tls) = (id, new ApiClient(http), tls);

    public string Id { get; }

    public ApiClient Http { get; }

    public SslClientAuthenticationOptions Tls { get; }

    public ClientWebSocket Socket => _socket;

    /// <summary>A client of the agent port with a worker's certificate, without registering.</summary>
    public static HttpClient Client(TestHost host, string id, string tenant)
    {
#pragma warning disable CA2000 // The client owns its handler.
        return new HttpClient(new SocketsHttpHandler { SslOptions = TlsOf(host, host.Authority.IssueWorker(id, tenant, DateTimeOffset.UtcNow)) }) { BaseAddress = host.AgentAddress, Timeout = TimeSpan.FromSeconds(30) };
#pragma warning restore CA2000
    }

    /// <summary>TLS options that trust the host's CA and show a certificate.</summary>
    public static SslClientAuthenticationOptions TlsOf(TestHost host, Installation.IssuedCertificate? issued)
    {
        var root = X509Certificate2.CreateFromPem(host.Authority.CertificatePem);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        options.CertificateChainPolicy.CustomTrustStore.Add(root);
        if (issued is not null)
        {
            using var pem = X509Certificate2.CreateFromPem(issued.CertificatePem, issued.KeyPem);
            options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)];
        }

        return options;
    }

    public static async Task<TestWorker> Connect(TestHost host, string id, string tenant, string? protocol = "cavra.agent.batch.v1", int concurrency = 8)
    {
        // One certificate for both: a worker's key is its identity.
        return await Open(host, id, TlsOf(host, host.Authority.IssueWorker(id, tenant, DateTimeOffset.UtcNow)), protocol, concurrency);
    }

    /// <summary>The same worker, by the same certificate, once more.</summary>
    public static Task<TestWorker> Reconnect(TestHost host, TestWorker before) => Open(host, before.Id, before.Tls, "cavra.agent.batch.v1", 8);

    private static async Task<TestWorker> Open(TestHost host, string id, SslClientAuthenticationOptions tls, string? protocol, int concurrency)
    {
#pragma warning disable CA2000 // The client owns its handler.
        var http = new HttpClient(new SocketsHttpHandler { SslOptions = tls }) { BaseAddress = host.AgentAddress, Timeout = TimeSpan.FromSeconds(30) };
#pragma warning restore CA2000
        var worker = new TestWorker(id, http, tls);
        var registered = await worker.Http.Post("/api/v1/agent/register", Registration(concurrency));
        registered.Status.ShouldBe(200, registered.Text);
        if (protocol is not null) worker._socket.Options.AddSubProtocol(protocol);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = tls });
        await worker._socket.ConnectAsync(new UriBuilder(new Uri(host.AgentAddress, $"/ws/agents/{id}")) { Scheme = "wss" }.Uri, invoker, CancellationToken.None);
        worker._reading = worker.Read();
        return worker;
    }

    public static object Registration(int concurrency = 8) => new
    {
        capabilities = new[] { "shell" },
        network_segment = "local",
        environments = new[] { "dev", "staging", "prod" },
        max_concurrency = concurrency,
        version = "test",
        sandbox = new[] { "prod-critical", "prod-standard", "staging-standard", "dev-flex" },
    };

    /// <summary>The next frame of a type; others are passed over.</summary>
    public async Task<JsonObject> Next(string type)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var frame = await _received.Reader.ReadAsync(bound.Token);
            if (frame["type"]!.GetValue<string>() == type) return frame;
        }
    }

    /// <summary>Takes an assignment: acknowledges it and reports a good pre-flight.</summary>
    public async Task<JsonObject> TakeAssignment()
    {
        var assignment = await Next("session.assign");
        await Send(About(assignment, "session.ack", ("accepted", true)), About(assignment, "session.preflight", ("ok", true), ("checks", new JsonArray())));
        return assignment;
    }

    /// <summary>Says that a commanded step runs.</summary>
    public Task Start(JsonObject command) => Send(About(command, "step.started", ("step_number", Number(command, "step_number")), ("attempt", Number(command, "attempt")), ("is_rollback", command["is_rollback"]!.GetValue<bool>())));

    /// <summary>Says how a commanded step ended.</summary>
    public Task Finish(JsonObject command, string status = "succeeded", int exitCode = 0, long lastStreamSeq = 0) => Send(Result(command, status, exitCode, lastStreamSeq));

    /// <summary>Runs whatever is commanded until disposed of, with good ends.</summary>
    public async Task RunAll()
    {
        await foreach (var frame in _received.Reader.ReadAllAsync())
        {
            switch (frame["type"]!.GetValue<string>())
            {
                case "session.assign":
                    await Send(About(frame, "session.ack", ("accepted", true)), About(frame, "session.preflight", ("ok", true), ("checks", new JsonArray())));
                    break;
                case "session.command":
                    await Start(frame);
                    await Finish(frame);
                    break;
                default:
                    break;
            }
        }
    }

    public static JsonObject Result(JsonObject command, string status = "succeeded", int exitCode = 0, long lastStreamSeq = 0) => About(
        command, "session.result", ("step_number", Number(command, "step_number")), ("attempt", Number(command, "attempt")), ("is_rollback", command["is_rollback"]!.GetValue<bool>()),
        ("status", status), ("exit_code", exitCode), ("execution_ms", 3), ("last_stream_seq", lastStreamSeq), ("reason", status == "succeeded" ? null : "exit_code"));

    public static JsonObject Output(JsonObject command, long sequence, string data, string kind = "stdout") => About(
        command, "step.output", ("step_number", Number(command, "step_number")), ("attempt", Number(command, "attempt")), ("is_rollback", false), ("stream_seq", sequence), ("chunk_type", kind), ("data", data));

    /// <summary>A frame about the same assignment as another.</summary>
    public static JsonObject About(JsonObject frame, string type, params (string Name, JsonNode? Value)[] members)
    {
        var made = new JsonObject { ["type"] = type, ["message_id"] = Guid.NewGuid().ToString("N"), ["session_id"] = frame["session_id"]!.DeepClone(), ["assignment_id"] = frame["assignment_id"]!.DeepClone() };
        foreach (var (name, value) in members) made[name] = value;
        return made;
    }

    public Task Send(params JsonObject[] frames) => SendText(string.Join('\n', frames.Select(f => f.ToJsonString())));

    public async Task SendText(string text)
    {
        Interlocked.Increment(ref _messages);
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        Http.Http.Dispose();
        _sending.Dispose();
    }

    /// <summary>Completes when the host has closed the channel.</summary>
    public async Task<(int? Code, string? Reason)> Closed()
    {
        await _reading.WaitAsync(TimeSpan.FromSeconds(30));
        return ((int?)_socket.CloseStatus, _socket.CloseStatusDescription);
    }

    private static int Number(JsonObject frame, string name) => frame[name]!.GetValue<int>();

    private async Task Read()
    {
        try
        {
            var buffer = new byte[1 << 20];
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close) break;
                foreach (var line in Encoding.UTF8.GetString(buffer, 0, length).Split('\n')) _received.Writer.TryWrite(JsonNode.Parse(line)!.AsObject());
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Ended by either side.
        }

        _received.Writer.TryComplete();
    }
}
