using System.Net.WebSockets;
using Cavra.Actors.ApiHost.Health;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>
/// <c>WS /ws/agents/{worker_id}</c>. Pinged every five seconds; after three pings without a pong the channel counts as lost, and the worker's grain
/// hears of it at once (ARCHITECTURE section 3, AgentWorker).
/// </summary>
internal sealed class AgentSockets(IGrainFactory grains, ApiSettings settings, ProcessMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<AgentSockets> logger)
{
    /// <summary>Several frames, one per line, in a message; both ways.</summary>
    public const string BatchProtocol = "cavra.agent.batch.v1";

    private const int PingsToLose = 3;

    /// <summary>Serves one channel until it ends.</summary>
    public async Task Handle(HttpContext context)
    {
        var identity = AgentIdentity.Of(context);
        if (!await identity.IsOwn(context, context.Request.RouteValues["worker_id"] as string)) return;
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await ProblemAnswer.Invalid(context, "Upgrade", "this address speaks WebSocket only");
            return;
        }

        var worker = grains.GetGrain<IAgentWorker>(identity.Worker.Value);
        if (await worker.View() is null)
        {
            await Registrations.NotRegistered(context);
            return;
        }

        var batches = context.WebSockets.WebSocketRequestedProtocols.Contains(BatchProtocol);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = batches ? BatchProtocol : null,
            KeepAliveInterval = settings.WorkerPing,
            KeepAliveTimeout = settings.WorkerPing * PingsToLose,
        });
        metrics.AgentChannel(1);
        using var link = new AgentLink(identity.Worker, Guid.NewGuid().ToString("N"), grains, time, logger);
        var reference = grains.CreateObjectReference<IAgentChannel>(link);
        try
        {
            var opened = await worker.OpenChannel(link.ChannelId, reference, TransportChannel.Websocket);
            if (opened.Refusal is { } refusal)
            {
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, refusal.Code, context.RequestAborted);
                return;
            }

            var wire = new AgentSocket(socket, link, batches);
            var latency = new ChannelLatency(context, worker, link, settings.WorkerPing, time);
            await Task.WhenAll(wire.Run(lifetime.ApplicationStopping), latency.Run(link.Closed));
        }
        finally
        {
            metrics.AgentChannel(-1);
            await worker.CloseChannel(link.ChannelId, link.CloseReason);
            grains.DeleteObjectReference<IAgentChannel>(reference);
        }
    }
}
