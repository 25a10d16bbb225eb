using System.Collections.Immutable;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>The orchestrator as the engine inside this host sees it: the same frames and the same link as over the agent port, without a wire.</summary>
internal sealed class InProcessServer(WorkerId worker, IGrainFactory grains, ApiSettings settings, TimeProvider time, ILogger logger) : IAgentServer
{
    private IAgentWorker Grain => grains.GetGrain<IAgentWorker>(worker.Value);

    /// <inheritdoc/>
    public string Description => "this host";

    /// <inheritdoc/>
    public async Task<AgentTiming> Register(AgentRegistration registration, CancellationToken cancel)
    {
        var reply = await Call(() => Grain.Register(registration with { WorkerId = worker.Value, InProcess = true, CertificateKey = "in-process", Tenants = [] }));
        Refuse(reply);
        return new AgentTiming(settings.WorkerHeartbeat, settings.WorkerOfflineAfter);
    }

    /// <inheritdoc/>
    public Task<HeartbeatReply> Heartbeat(AgentHeartbeat heartbeat, CancellationToken cancel) => Call(() => Grain.Heartbeat(heartbeat));

    /// <inheritdoc/>
    public async Task<IAgentLink> Connect(CancellationToken cancel)
    {
        var link = new AgentLink(worker, Guid.NewGuid().ToString("N"), grains, time, logger);
        var reference = grains.CreateObjectReference<IAgentChannel>(link);
        try
        {
            Refuse(await Call(() => Grain.OpenChannel(link.ChannelId, reference, TransportChannel.InProcess)));
            _ = Ping(link);
            return new Ends(this, link, reference);
        }
        catch
        {
            grains.DeleteObjectReference<IAgentChannel>(reference);
            link.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task Drain(CancellationToken cancel) => Refuse(await Call(() => Grain.Drain(Actor.Worker(worker, new TenantId("*")), "the host stops")));

    /// <inheritdoc/>
    public async Task<bool> Unregister(CancellationToken cancel) => (await Call(Grain.Unregister)).Refusal is null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task Ping(AgentLink link)
    {
        using var tick = new PeriodicTimer(settings.WorkerPing, time);
        try
        {
            while (await tick.WaitForNextTickAsync(link.Closed)) await ChannelLatency.Tell(Grain, link, 0);
        }
        catch (OperationCanceledException)
        {
            // The channel has ended.
        }
    }

    private static void Refuse(WorkerReply reply)
    {
        if (reply.Refusal is { } refusal) throw new AgentServerException(refusal.Code, refusal.Detail);
    }

    private static async Task<T> Call<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (Outage.Is(e))
        {
            throw new AgentServerException("unreachable", e.Message, e);
        }
    }

    /// <summary>The agent's end of the link.</summary>
    private sealed class Ends(InProcessServer server, AgentLink link, IAgentChannel reference) : IAgentLink
    {
        private const int LargestBatch = 64;

        public async ValueTask Send(IReadOnlyList<AgentFrame> frames, CancellationToken cancel)
        {
            if (link.Closed.IsCancellationRequested) throw new AgentServerException("unreachable", link.CloseReason);
            var accepted = new List<SessionFrame>(frames.Count);
            foreach (var frame in frames)
            {
                if (FrameCheck.Problem(frame) is { } problem) link.Refuse(frame.MessageId, problem);
                else if (FrameCheck.Clean(frame) is SessionFrame session) accepted.Add(session);
            }

            await link.Accept(accepted);
        }

        public async ValueTask<ImmutableArray<AgentFrame>> Receive(CancellationToken cancel)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, link.Closed);
            try
            {
                if (!await link.WaitToSend(either.Token)) return [];
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return [];
            }

            var frames = ImmutableArray.CreateBuilder<AgentFrame>();
            while (frames.Count < LargestBatch && link.TryTake(out var frame)) frames.Add(frame);
            return frames.DrainToImmutable();
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await server.Grain.CloseChannel(link.ChannelId, link.CloseReason);
            }
            catch (Exception e) when (Outage.Is(e))
            {
                // The grains have stopped before the engine; nobody needs to hear of it.
            }

            server.Release(reference);
            link.Dispose();
        }
    }

    private void Release(IAgentChannel reference) => grains.DeleteObjectReference<IAgentChannel>(reference);
}
