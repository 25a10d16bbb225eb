using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace Cavra.Actors.ApiHost.Tests.Support;

/// <summary>A door between the host and PostgreSQL: shut, the server cannot be reached and what was connected is cut off.</summary>
internal sealed class DatabaseGate : IDisposable
{
    private readonly ConcurrentDictionary<Socket, Socket> _pairs = new();
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("cavra-gate-").FullName;
    private readonly CancellationTokenSource _end = new();
    private UnixDomainSocketEndPoint? _server;
    private string _address = "";
    private Socket? _listener;

    /// <summary>The connection string through the gate.</summary>
    public string Through(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        var name = ".s.PGSQL." + builder.Port.ToString(CultureInfo.InvariantCulture);
        _server = new UnixDomainSocketEndPoint(Path.Combine(builder.Host!, name));
        _address = Path.Combine(_folder, name);
        builder.Host = _folder;
        Open();
        return builder.ConnectionString;
    }

    public void Open()
    {
        File.Delete(_address);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_address));
        listener.Listen(128);
        _listener = listener;
        _ = Accept(listener);
    }

    public void Shut()
    {
        _listener?.Dispose();
        File.Delete(_address);
        foreach (var (one, other) in _pairs)
        {
            one.Dispose();
            other.Dispose();
        }

        _pairs.Clear();
    }

    public void Dispose()
    {
        _end.Cancel();
        Shut();
        _end.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private async Task Accept(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await server.ConnectAsync(_server!);
                _pairs[client] = server;
                _ = Copy(client, server);
                _ = Copy(server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Shut.
        }
    }

    private static async Task Copy(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0) await to.SendAsync(buffer.AsMemory(0, read));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut off.
        }

        from.Dispose();
        to.Dispose();
    }
}
