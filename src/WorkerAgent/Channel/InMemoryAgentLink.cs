using System.Collections.Immutable;
using System.Threading.Channels;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Channel;

/// <summary>One end of a channel within a process, for the engine inside the host (<c>transport_channel</c> <c>in_process</c>) and for tests.</summary>
public sealed class InMemoryAgentLink : IAgentLink
{
    // Frames that one side may be ahead of the other.
    private const int Capacity = 1024;
    private const int LargestBatch = 64;
    private readonly Channel<AgentFrame> _in;
    private readonly Channel<AgentFrame> _out;

    private InMemoryAgentLink(Channel<AgentFrame> incoming, Channel<AgentFrame> outgoing) => (_in, _out) = (incoming, outgoing);

    /// <summary>Two ends: what is sent at one is received at the other.</summary>
    public static (InMemoryAgentLink Agent, InMemoryAgentLink Host) Pair()
    {
        var down = System.Threading.Channels.Channel.CreateBounded<AgentFrame>(Capacity);
        var up = System.Threading.Channels.Channel.CreateBounded<AgentFrame>(Capacity);
        return (new InMemoryAgentLink(down, up), new InMemoryAgentLink(up, down));
    }

    /// <inheritdoc/>
    public async ValueTask Send(IReadOnlyList<AgentFrame> frames, CancellationToken cancel)
    {
        try
        {
            foreach (var frame in frames)
                await _out.Writer.WriteAsync(frame, cancel);
        }
        catch (ChannelClosedException error)
        {
            throw new AgentServerException("unreachable", "the channel is closed", error);
        }
    }

    /// <summary>Sends without waiting. False when the other side is too far behind or the channel is closed.</summary>
    public bool TrySend(AgentFrame frame) => _out.Writer.TryWrite(frame);

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<AgentFrame>> Receive(CancellationToken cancel)
    {
        if (!await _in.Reader.WaitToReadAsync(cancel))
            return [];
        var frames = ImmutableArray.CreateBuilder<AgentFrame>();
        while (frames.Count < LargestBatch && _in.Reader.TryRead(out var frame))
            frames.Add(frame);
        return frames.DrainToImmutable();
    }

    /// <summary>Closes both directions.</summary>
    public ValueTask DisposeAsync()
    {
        _in.Writer.TryComplete();
        _out.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
