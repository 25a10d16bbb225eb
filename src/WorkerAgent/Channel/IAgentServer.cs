using System.Collections.Immutable;
using Cavra.Actors.Workers;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>
/// The orchestrator as the agent sees it: the agent port over mTLS, or the host that the agent runs in. Calls fail with
/// <see cref="AgentServerException"/>; the agent tries again.
/// </summary>
public interface IAgentServer : IAsyncDisposable
{
    /// <summary>How frames travel, for messages to people.</summary>
    string Description { get; }

    /// <summary>Registers, or updates what is registered.</summary>
    Task<AgentTiming> Register(AgentRegistration registration, CancellationToken cancel);

    /// <summary>A sign of life. A null state in the answer means that the worker is not registered.</summary>
    Task<HeartbeatReply> Heartbeat(AgentHeartbeat heartbeat, CancellationToken cancel);

    /// <summary>Opens the channel.</summary>
    Task<IAgentLink> Connect(CancellationToken cancel);

    /// <summary>No new work from now on.</summary>
    Task Drain(CancellationToken cancel);

    /// <summary>Leaves. False while the orchestrator still counts sessions on this worker.</summary>
    Task<bool> Unregister(CancellationToken cancel);
}

/// <summary>An open channel: ordered both ways, lost as a whole.</summary>
public interface IAgentLink : IAsyncDisposable
{
    /// <summary>Sends frames in order. A link that cannot take them throws and is lost.</summary>
    ValueTask Send(IReadOnlyList<AgentFrame> frames, CancellationToken cancel);

    /// <summary>The next frames; empty when the channel has ended.</summary>
    ValueTask<ImmutableArray<AgentFrame>> Receive(CancellationToken cancel);
}

/// <summary>What the orchestrator says at registration about time.</summary>
/// <param name="Heartbeat">Between two heartbeats (default 15 s).</param>
/// <param name="OfflineAfter">Without a heartbeat for this long the worker counts as gone (default 45 s).</param>
public sealed record AgentTiming(TimeSpan Heartbeat, TimeSpan OfflineAfter)
{
    /// <summary>Spec 2.3.</summary>
    public static AgentTiming Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(45));
}

/// <summary>The orchestrator could not be reached or said no.</summary>
public sealed class AgentServerException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="code">The contract's code, or <c>unreachable</c>.</param>
    /// <param name="message">What to tell the operator.</param>
    /// <param name="cause">What failed below.</param>
    public AgentServerException(string code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    /// <summary>The contract's code, or <c>unreachable</c>.</summary>
    public string Code { get; }

    /// <summary>Whether trying again is of no use without a person: a certificate that is refused, a name that is not its own.</summary>
    public bool IsFinal => Code is "worker_mismatch" or "unauthorized" or "forbidden" or "validation_failed" or "malformed_body";
}
