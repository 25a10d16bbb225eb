using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Cavra.Actors.Installation;
using Cavra.Actors.Wire;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

/// <summary>The agent port's wire, really spoken: TLS with client certificates, HTTP, WebSocket; a <see cref="StandIn"/> decides what it says.</summary>
internal sealed class KestrelStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _over = new();

    private KestrelStandIn(WebApplication app) => _app = app;

    internal Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    internal static async Task<KestrelStandIn> Start(StandIn standIn, WorkerAuthority authority, bool batch)
    {
        var issued = authority.IssueServer([], DateTimeOffset.UtcNow);
        using var pem = X509Certificate2.CreateFromPem(issued.CertificatePem, issued.KeyPem);
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (client, _, _) => WorkerCertificate.Read(client) is not null,
        })));
        var app = builder.Build();
        var server = new KestrelStandIn(app);
        app.UseWebSockets();
        server.Map(standIn, batch);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _over.Dispose();
    }

    private void Map(StandIn standIn, bool batch)
    {
        _app.MapPost("/api/v1/agent/register", async (HttpContext http) =>
        {
            var registration = await http.Request.ReadFromJsonAsync<AgentRegistration>(WireJson.Options);
            if (registration!.WorkerId != Name(http))
                return Results.Json(new { code = "worker_mismatch", detail = "not your name" }, statusCode: 403, contentType: "application/problem+json");
            standIn.Register(registration);
            return Results.Json(new { worker_id = Name(http), state = "idle", heartbeat_interval_s = 1, offline_after_s = 45, channel = $"/ws/agents/{Name(http)}" });
        });
        _app.MapPost("/api/v1/agent/heartbeat", async (HttpContext http) =>
        {
            var reply = standIn.Heartbeat((await http.Request.ReadFromJsonAsync<AgentHeartbeat>(WireJson.Options))!);
            return reply.State is null ? Results.Json(new { code = "worker_not_registered" }, statusCode: 404) : Results.Json(reply, WireJson.Options);
        });
        _app.MapPost("/api/v1/agent/{id}/drain", (string id) => standIn.Drained = true);
        _app.MapDelete("/api/v1/agent/{id}", (string id) => standIn.Unregistered.TrySetResult());
        _app.Map("/ws/agents/{id}", async (HttpContext http, string id) =>
        {
            if (id != Name(http))
            {
                http.Response.StatusCode = 403;
                return;
            }

            using var socket = await http.WebSockets.AcceptWebSocketAsync(batch ? FrameCodec.BatchProtocol : null);
            await using var link = new WebSocketAgentLink(socket, problem => Assert.Fail(problem));
            try
            {
                await standIn.Serve(link, _over.Token);
            }
            catch (Exception error) when (error is AgentServerException or OperationCanceledException or WebSocketException)
            {
                // The worker is gone, or the test cut the channel.
            }
        });
    }

    private static string? Name(HttpContext http) => WorkerCertificate.Read(http.Connection.ClientCertificate!)?.WorkerId;
}
