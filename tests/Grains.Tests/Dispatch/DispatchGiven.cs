using System.Collections.Immutable;
using Cavra.Actors.Dispatch;
using Cavra.Actors.Grains.Hosting;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers;

namespace Cavra.Actors.Grains.Dispatch;

/// <summary>Requests and workers for the dispatcher's tests.</summary>
internal static class DispatchGiven
{
    public static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static DispatchRequest Request(long session = 1, int fence = 1, params ImmutableArray<string> capabilities) => new()
    {
        Session = new(session),
        Tenant = new("demo"),
        Environment = TargetEnvironment.Dev,
        Requirements = new() { Capabilities = capabilities },
        SandboxProfile = "dev-flex",
        Assignment = AssignmentId.For(new(session), fence),
        QueuedAt = T0.AddSeconds(session),
    };

    public static WorkerView Worker(string id = "w1") => new()
    {
        WorkerId = new(id),
        State = WorkerState.Idle,
        Capabilities = ["shell"],
        Environments = [TargetEnvironment.Dev],
        NetworkSegment = "vpc-a",
        MaxConcurrency = 2,
        Transport = TransportChannel.Websocket,
        Sandbox = ["dev-flex"],
    };

    /// <summary>A registered worker with an open channel; the channel is kept alive by the caller.</summary>
    public static async Task<RecordingChannel> Connect(this GrainsHost host, string id, int maxConcurrency = 1, params ImmutableArray<string> capabilities)
    {
        var channel = new RecordingChannel();
        await host.Worker(id).Register(new AgentRegistration
        {
            Capabilities = capabilities,
            NetworkSegment = "any",
            Environments = [TargetEnvironment.Dev],
            MaxConcurrency = maxConcurrency,
            CertificateKey = id,
        });
        await host.Worker(id).OpenChannel("c-" + id, host.Host.CreateObjectReference<IAgentChannel>(channel), TransportChannel.Websocket);

        // The directory hears of it by a one-way message.
        while ((await host.Directory.Watch("nobody")).All(w => w.WorkerId.Value != id || w.Transport is null)) await Task.Yield();
        return channel;
    }
}
