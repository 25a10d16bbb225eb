using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage.LocalServer.Triage;

/// <summary>
/// A second socket of the private PostgreSQL, for runbook steps: it lets through one role only, which owns nothing and sees only its own
/// sessions. The server's own socket cannot be given to a step, because steps run as the user of the host and the server knows its
/// owner by that user. An installation with a database of its own has no such door.
/// </summary>
internal sealed class TriageDoor : IAsyncDisposable
{
    /// <summary>The only role that comes through.</summary>
    internal const string Role = "cavra_triage";

    /// <summary>The only database; the product's is another one.</summary>
    internal const string Database = "postgres";

    /// <summary>Folder below the data directory.</summary>
    internal const string FolderName = "triage";

    private const int MaxConnections = 16;
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);
    private static readonly HashSet<string> Passed = new(StringComparer.Ordinal) { "user", "database", "application_name", "client_encoding", "fallback_application_name" };

    private readonly Socket _listener;
    private readonly string _serverSocket;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private readonly Task _accepting;

    private TriageDoor(Socket listener, string serverSocket)
    {
        (_listener, _serverSocket) = (listener, serverSocket);
        _accepting = AcceptAsync();
    }

    /// <summary>Opens it; null, and said in the log, when the socket cannot be made (its path may be too long).</summary>
    internal static TriageDoor? Open(string dataDirectory, string serverSocketDirectory, ILogger logger)
    {
        var folder = Path.Combine(Path.GetFullPath(dataDirectory), FolderName);
        var path = SocketPath(folder);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(MaxConnections);
            return new TriageDoor(listener, SocketPath(serverSocketDirectory));
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            listener.Dispose();
            logger.NoTriageDoor(path, e.Message);
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
        _places.Dispose();
    }

    private static string SocketPath(string folder) => Path.Combine(folder, $".s.PGSQL.{ClusterLayout.Port}");

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                await _places.WaitAsync(_stop.Token);
                running.RemoveAll(t => t.IsCompleted);
                running.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed with the cluster.
        }
        await Task.WhenAll(running);
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            await using var inner = new NetworkStream(client, ownsSocket: true);
            using var handshake = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            handshake.CancelAfter(HandshakeLimit);
            if (await StartupPacket.ReadAsync(inner, handshake.Token) is not { } startup) return;
            if (Refusal(startup) is { } refusal)
            {
                await inner.WriteAsync(ErrorResponse(refusal), handshake.Token);
                return;
            }
            using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await server.ConnectAsync(new UnixDomainSocketEndPoint(_serverSocket), handshake.Token);
            await using var outer = new NetworkStream(server, ownsSocket: false);
            await outer.WriteAsync(startup.Bytes, handshake.Token);
            await Task.WhenAny(inner.CopyToAsync(outer, _stop.Token), outer.CopyToAsync(inner, _stop.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One side is gone, and so is the connection.
        }
        finally
        {
            _places.Release();
        }
    }

    private static string? Refusal(StartupPacket startup)
    {
        if (startup.Parameters.GetValueOrDefault("user") != Role) return $"only {Role} may connect here";
        if (startup.Parameters.GetValueOrDefault("database", Role) != Database) return $"only the database {Database} may be used here";
        var unknown = startup.Parameters.Keys.FirstOrDefault(k => !Passed.Contains(k));
        return unknown is null ? null : $"the parameter {unknown} may not be set here";
    }

    // Severity, SQLSTATE 28000 (invalid authorization), text.
    private static byte[] ErrorResponse(string message)
    {
        var body = Encoding.UTF8.GetBytes($"SFATAL\0VFATAL\0C28000\0M{message}\0\0");
        var packet = new byte[body.Length + 5];
        packet[0] = (byte)'E';
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(1), body.Length + 4);
        body.CopyTo(packet, 5);
        return packet;
    }
}
