using System.Net.Sockets;

namespace Cavra.Actors.Storage.Tests.Faults;

/// <summary>Stands between a client and the server's unix socket and cuts the line at a chosen moment.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("cavra-cut-").FullName;
    private readonly string _server;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private Cut _armed;

    internal enum Cut
    {
        None,

        /// <summary>The next request does not reach the server.</summary>
        BeforeRequest,

        /// <summary>The next request is carried out; its answer does not come back.</summary>
        BeforeAnswer,
    }

    internal CuttingProxy(string serverDirectory)
    {
        _server = Path.Combine(serverDirectory, ".s.PGSQL.5432");
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, ".s.PGSQL.5432")));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>The host to connect to.</summary>
    internal string Host => _directory;

    internal int Cuts { get; private set; }

    internal void Arm(Cut cut) => _armed = cut;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var client = await _listener.AcceptAsync(_end.Token);
            var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await server.ConnectAsync(new UnixDomainSocketEndPoint(_server), _end.Token);
            _ = CarryAsync(client, server, Cut.BeforeRequest);
            _ = CarryAsync(server, client, Cut.BeforeAnswer);
        }
    }

    private async Task CarryAsync(Socket from, Socket to, Cut cutHere)
    {
        var buffer = new byte[64 << 10];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer, _end.Token)) > 0;)
            {
                if (_armed == cutHere)
                {
                    _armed = Cut.None;
                    Cuts++;
                    break;
                }
                await to.SendAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone; so is the other.
        }
        from.Dispose();
        to.Dispose();
    }
}
