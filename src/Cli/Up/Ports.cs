using System.Net;
using System.Net.Sockets;

namespace Cavra.Actors.Cli.Up;

/// <summary>Looks whether the ports are free before anything is started, so that the person reads one clear line and not a stack trace.</summary>
internal static class Ports
{
    internal static void MustBeFree(string setting, int port)
    {
        if (port == 0) return;
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            listener.Stop();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new CliFailureException($"port {port} is in use by another program. Stop it, or choose another port: {setting}=0 ./cavra up (0 picks a free one, dev.json says which).");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new CliFailureException($"port {port} needs rights that this user does not have. Choose one above 1023: {setting}=...");
        }
    }
}
