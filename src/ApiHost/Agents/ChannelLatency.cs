using System.Buffers.Binary;
using System.Net.Sockets;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Workers;
using Microsoft.AspNetCore.Connections.Features;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>
/// Tells the worker's grain the channel's round trip, once a ping interval. The kernel measures it for the connection (TCP_INFO); a silent peer, one that
/// has sent nothing, not even a pong, is not reported as alive.
/// </summary>
internal sealed class ChannelLatency(HttpContext context, IAgentWorker worker, AgentLink link, TimeSpan interval, TimeProvider time)
{
    private const int TcpInfoOption = 11;
    private const int LastDataReceivedOffset = 52;
    private const int RoundTripOffset = 68;
    private const int InfoBytes = 72;

    /// <summary>Reports until the channel closes.</summary>
    public async Task Run(CancellationToken closed)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket) return;
        using var tick = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                if (Measure(socket) is { } milliseconds) await Tell(worker, link, milliseconds);
            }
            while (await tick.WaitForNextTickAsync(closed));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The channel has ended; whoever closes it says so.
        }
    }

    /// <summary>Tells the grain that the channel lives. A grain that began anew knows no channel: the worker is made to open another.</summary>
    public static async Task Tell(IAgentWorker worker, AgentLink link, int milliseconds)
    {
        try
        {
            if (!await worker.ChannelAlive(link.ChannelId, milliseconds)) await link.Close("the channel is not known any more");
        }
        catch (Exception e) when (Outage.Is(e))
        {
            // Told again with the next ping.
        }
    }

    private int? Measure(Socket socket)
    {
        Span<byte> info = stackalloc byte[InfoBytes];
        if (socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfoOption, info) < InfoBytes) return null;
        var silent = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(info[LastDataReceivedOffset..]));
        if (silent > interval * 1.5) return null;
        return (int)(BinaryPrimitives.ReadUInt32LittleEndian(info[RoundTripOffset..]) / 1000);
    }
}
